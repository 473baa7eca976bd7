import { expect, test } from 'vitest'
import { knobs } from '../../../scripts/analysis/search/knobs.ts'
import { type Other, replications } from '../../../scripts/analysis/search/replication.ts'
import { trials } from '../../../scripts/analysis/search/trials.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import { buildExperiment, patch, sha } from '../../helpers/exampleRecords.ts'

const metric = { name: 'val_bpb', goal: 'minimize' as const }

/** A session with these changes after a baseline, as compared with others; σ is 0.001. */
function made(session: string, ...given: [change: string, gain: number | null, over?: Partial<Experiment>][]): Other {
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 1 }),
    ...given.map(([, gain, over], i) =>
      buildExperiment(i + 1, {
        ...(gain === null ? { status: 'crash' } : { status: gain > 0 ? 'keep' : 'discard', metric: 1 - gain, gain }),
        tree: sha((session.codePointAt(0) ?? 0) * 100 + i),
        ...over,
      }),
    ),
  ]
  const patches = new Map(given.map(([change], i) => [i + 1, change]))
  return {
    session,
    machine: `${session}-machine`,
    metric,
    knobs: knobs(experiments, patches, 'minimize', { sigma: 0.001, df: 1e6 }).knobs,
    trials: trials(experiments, patches, 'minimize', { sigma: 0.001, df: 1e6 }),
  }
}

const rate = (from: number, to: number) => patch(`LR = ${from}`, `LR = ${to}  # rate`)
const code = patch('    x = relu(x)', '    x = relu(x) ** 2')
const seen = (own: Other, ...others: Other[]) =>
  replications(own, others).map(({ experiment, found }) => [
    experiment,
    ...found.map(f => `${f.session}/${f.experiment} ${f.by} ${f.says}`),
  ])

test('a change without a match in other sessions is first seen here', () => {
  expect(seen(made('a', [rate(1, 2), 0.1]), made('b', [code, 0.1]))).toEqual([[1]])
})

test('a knob changed in the same direction supports or contradicts a change, if its gain exceeds noise', () => {
  const own = made('a', [rate(1, 2), 0.1])
  expect(seen(own, made('b', [rate(2, 4), 0.05]))).toEqual([[1, 'b/1 knob same']])
  expect(seen(own, made('b', [rate(2, 4), -0.05]))).toEqual([[1, 'b/1 knob opposite']])
  expect(seen(own, made('b', [rate(2, 4), 0.0028]))).toEqual([[1, 'b/1 knob nothing']])
  expect(seen(own, made('b', [rate(2, 4), 0.0035]))).toEqual([[1, 'b/1 knob same']])
  // Of several findings each must be clearer.
  const many = ['b', 'c', 'd', 'e'].map(name => made(name, [rate(2, 4), 0.0035]))
  expect(seen(own, ...many)[0]).toContain('b/1 knob nothing')
  expect(seen(own, made('b', [rate(2, 4), null]))).toEqual([[1, 'b/1 knob nothing']])
})

test('a knob changed in the opposite direction counts with the opposite sign', () => {
  const own = made('a', [rate(1, 2), 0.1])
  expect(seen(own, made('b', [rate(2, 1), -0.05]))).toEqual([[1, 'b/1 reverse same']])
  expect(seen(own, made('b', [rate(2, 1), 0.05]))).toEqual([[1, 'b/1 reverse opposite']])
})

test('equal trees and equal changed lines match, whatever their descriptions', () => {
  const tree = { tree: 'f'.repeat(40) }
  const own = made('a', [code, 0.1, { ...tree, description: 'squared relu' }])
  expect(seen(own, made('b', [rate(1, 2), 0.2, tree]))).toEqual([[1, 'b/1 tree same']])
  expect(seen(own, made('b', [code, -0.2, { description: 'an idea' }]))).toEqual([[1, 'b/1 change opposite']])
})

test('equal descriptions, another metric or a change of several knobs are no replication', () => {
  const words = { description: 'LR up' }
  const own = made('a', [rate(1, 2), 0.1, words])
  expect(seen(own, made('b', ['', 0.1, words]))).toEqual([[1]])
  const other = { ...made('b', [rate(1, 2), 0.1]), metric: { name: 'loss', goal: 'minimize' as const } }
  expect(seen(own, other)).toEqual([[1]])
  expect(seen(own, made('b', [patch('LR = 1\n-D = 1', 'LR = 2\n+D = 2'), 0.1]))).toEqual([[1]])
})
