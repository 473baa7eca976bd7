import { expect, test } from 'vitest'
import { leftBehind } from '../../../../scripts/ratchet/train/execute/leftBehind.ts'
import { lostRepeat } from '../../../../scripts/ratchet/train/repeats.ts'
import type { Candidate } from '../../../../scripts/record/journal.ts'
import type { OwnExperiment, OwnSession } from '../../../../scripts/record/schema.ts'
import { apply, initialState, type State } from '../../../../scripts/record/state.ts'
import { at, buildExperiment, buildRun, buildSession, sha } from '../../../helpers/exampleRecords.ts'

const loss = { attempt: 1, cause: 'node failed', detail: 'n1 is down', node: 'n1' }
const run = { experiment: 2, k: 1 }

/** 0002 has lost its first attempt with the place that it ran on. */
function lostOnce(purpose: 'candidate' | 'repeat'): State {
  const state = initialState(buildSession() as OwnSession)
  if (purpose === 'candidate') state.pending.set(2, { number: 2 } as Candidate)
  else state.experiments.push(buildExperiment(2, { runs: [] }) as OwnExperiment)
  const started = { event: 'run-started', ...run, purpose, seed: 1, commit: sha(1), slot: 0, attempt: 1 } as const
  apply(state, { ...started, at: at(0) })
  apply(state, { event: 'run-lost', at: at(1), ...run, ...loss })
  return state
}

test('a candidate that was rebased after a loss goes on with the run it has lost, whose record then tells of it', () => {
  const state = lostOnce('candidate')
  const order = { experiment: 2, commit: sha(2), purpose: 'candidate', seed: 1 } as const
  const left = leftBehind(state, order)
  expect(left).toMatchObject({ k: 1, lost: [loss] })
  expect(leftBehind(state, { ...order, purpose: 'opponent', seed: 3 })).toBe(left)
  expect(leftBehind(state, { ...order, experiment: 3 })).toBeUndefined()
  apply(state, { event: 'run-started', at: at(2), ...order, k: 1, slot: 1, attempt: 2 })
  expect(state.running.get('2/1')).toMatchObject({ commit: sha(2), attempt: 2, lost: [loss] })
  // It is under way, so nothing else continues it.
  expect(leftBehind(state, order)).toBeUndefined()
  apply(state, { event: 'run-finished', at: at(3), experiment: 2, run: buildRun(2, { k: 1, lost: [loss] }) })
  expect(state.running.size).toBe(0)
})

test('no lost run stays after the verdict or the end of its session; a candidate without a verdict keeps it', () => {
  const judged = lostOnce('candidate')
  apply(judged, { event: 'judged', at: at(2), experiment: buildExperiment(2, {}) as OwnExperiment })
  expect(judged.running.size).toBe(0)
  const stopped = { event: 'stopped', at: at(2), kind: 'interrupted', detail: 'Ctrl-C' } as const
  const candidate = lostOnce('candidate')
  apply(candidate, stopped)
  expect([...candidate.running.keys()]).toEqual(['2/1'])
  const repeat = lostOnce('repeat')
  apply(repeat, stopped)
  expect(repeat.running.size).toBe(0)
})

test('a lost repeat is made again, once', () => {
  const state = lostOnce('repeat')
  const order = { experiment: 2, commit: sha(1), purpose: 'repeat', seed: 1 } as const
  expect(lostRepeat({ state }, new Set())).toEqual(order)
  expect(lostRepeat({ state }, new Set([order]))).toBeNull()
  expect(lostRepeat({ state: lostOnce('candidate') }, new Set())).toBeNull()
})
