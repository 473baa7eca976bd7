import { expect, test } from 'vitest'
import type { Final, OwnSession, Run } from '../../scripts/record/schema.ts'
import {
  apply,
  bestOf,
  bestSoFar,
  finalOf,
  headOf,
  initialState,
  type RunInProgress,
  removedFrom,
  waitedSeconds,
} from '../../scripts/record/state.ts'
import { at, buildExperiment, buildRun, buildSession, sha } from '../helpers/exampleRecords.ts'

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

// A gain, a discard better than everything, a simplification that costs a little, a keep without a value.
const experiments = [
  buildExperiment(0, { status: 'keep', metric: 2.4 }),
  buildExperiment(1, { status: 'keep', metric: 2.3 }),
  buildExperiment(2, { status: 'discard', metric: 1 }),
  buildExperiment(3, { status: 'keep', metric: 2.31 }),
]
const valueless = [...experiments, buildExperiment(4, { status: 'keep', metric: null })]

test('the head is the last keep, the best is the kept row with the best value', () => {
  expect(headOf({ experiments })?.number).toBe(3)
  expect(bestOf(experiments, 'minimize')?.number).toBe(1)
  expect(bestOf(experiments, 'maximize')?.number).toBe(0)
  expect(headOf({ experiments: valueless })?.number).toBe(4)
  expect(bestOf(valueless, 'minimize')?.number).toBe(1)
  expect(bestOf([], 'minimize')).toBeUndefined()
  expect(bestSoFar(valueless, 'minimize')).toEqual([2.4, 2.3, 2.3, 2.3, 2.3])
})

test('of equal values the last is the best, so that head and best are the same where they can be', () => {
  const equal = [...experiments, buildExperiment(4, { status: 'keep', metric: 2.3 })]
  expect(bestOf(equal, 'minimize')?.number).toBe(4)
})

const final = (over: Partial<Final> = {}): Final => ({
  head: 3,
  commit: sha(50),
  tree: sha(51),
  removed: [{ experiment: 1, pReal: 0.2 }],
  keptBack: [],
  branch: 'autoresearch/nov20-final',
  why: null,
  ...over,
})

test('the final is the head, or the pruned head while that was decided for this head', () => {
  const of = (decided?: Final) => {
    const recorded = { session: buildSession({ final: decided }), experiments }
    return [finalOf(recorded)?.number, finalOf(recorded)?.commit, [...removedFrom(recorded)]]
  }
  expect(of()).toEqual([3, sha(3), []])
  expect(of(final())).toEqual([3, sha(50), [1]])
  // Nothing was taken out; the head moved on; nothing was kept at all.
  expect(of(final({ removed: [] }))).toEqual([3, sha(3), []])
  expect(of(final({ head: 1 }))).toEqual([3, sha(3), []])
  expect(finalOf({ session: buildSession(), experiments: [] })).toBeUndefined()
})

test('attempts that an engine loses are kept with the run in progress, and their waits add up', () => {
  const state = initialState(buildSession() as OwnSession)
  const run = { experiment: 1, k: 1 }
  const begin = (attempt: number, hour: number) => {
    const started = { event: 'run-started', ...run, purpose: 'candidate', seed: 1, commit: sha(1), slot: 0 } as const
    apply(state, { ...started, at: at(hour), attempt })
    const handle = { key: `try-0001-1-${attempt}`, place: 0, job: '17' }
    apply(state, { event: 'run-submitted', at: at(hour), ...run, attempt, handle })
  }
  begin(1, 0)
  const waited = (Date.parse(at(1)) - Date.parse(at(0))) / 1000
  apply(state, { event: 'run-placed', at: at(2), ...run, attempt: 1, node: 'n1', waitedSeconds: waited })
  expect(state.running.get('1/1')).toMatchObject({ submitted: { handle: { job: '17' } }, placed: { node: 'n1' } })
  const loss = { attempt: 1, cause: 'node failed', detail: 'n1 is down', node: 'n1' }
  apply(state, { event: 'run-lost', at: at(3), ...run, ...loss })
  begin(2, 4)
  // Late news of an attempt that is over changes nothing.
  apply(state, { event: 'run-placed', at: at(5), ...run, attempt: 1, node: 'n1', waitedSeconds: waited })
  expect(state.running.get('1/1')).toMatchObject({ attempt: 2, lost: [loss], waitedBefore: waited })
  expect(state.running.get('1/1')?.placed).toBeUndefined()
  expect(waitedSeconds(state.running.get('1/1') as RunInProgress, at(6))).toBeCloseTo(2 * waited)
  apply(state, { event: 'run-finished', at: at(7), experiment: 1, run: buildRun(2, { k: 1 }) })
  expect(state.running.size).toBe(0)
})
