import { expect, test } from 'vitest'
import type { OwnSession, Run } from '../../scripts/record/schema.ts'
import { apply, initialState } from '../../scripts/record/state.ts'
import { at, buildRun, buildSession } from '../helpers/exampleRecords.ts'

const failuresAfter = (...outcomes: Run['outcome'][]): number => {
  const state = initialState(buildSession() as OwnSession)
  for (const [i, outcome] of outcomes.entries()) {
    const run = buildRun(outcome === 'ok' ? 2 : null, { k: i + 1, outcome })
    apply(state, { event: 'run-finished', at: at(i), experiment: 1, run })
  }
  return state.failures
}

test('crashes and timeouts in a row are counted until a run succeeds', () => {
  expect(failuresAfter('crash', 'timeout', 'crash')).toBe(3)
  expect(failuresAfter('crash', 'ok', 'timeout')).toBe(1)
})

test('an aborted run neither counts as a failure nor resets the count', () => {
  expect(failuresAfter('aborted', 'aborted')).toBe(0)
  expect(failuresAfter('crash', 'aborted', 'crash')).toBe(2)
})
