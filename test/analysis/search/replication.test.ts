import { expect, test } from 'vitest'
import { knobs } from '../../../scripts/analysis/search/knobs.ts'
import { type Other, replications } from '../../../scripts/analysis/search/replication.ts'
import { changesOf, matches } from '../../../scripts/analysis/search/sameChange.ts'
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
    target: 'train.py',
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

test('without a diff a change matches by its words, and by the step that they describe', () => {
  const own = made(
    'a',
    [patch('MATRIX_LR = 0.04', 'MATRIX_LR = 0.05'), 0.1],
    [code, 0.1, { description: 'square the relu' }],
  )
  const other = made(
    'b',
    ['', 0.1, { description: 'matrix LR 0.04 to 0.06' }],
    ['', 0.1, { description: 'squared ReLU' }],
  )
  expect(seen(own, other)).toEqual([[1, 'b/1 words same'], [2]])
  expect(seen(made('a', [code, 0.1, { description: 'squared relu' }]), other)).toEqual([[1, 'b/2 words same']])
})

test('what the other session compares as the same change is the same here', () => {
  const own = made('a', [rate(1, 2), 0.1], [code, 0.1], ['', 0.1, { description: 'depth 8 to 9' }])
  const other = made('b', [code, 0.1], [rate(1, 3), 0.1], ['', 0.1, { description: 'DEPTH 8 → 10' }])
  const here = seen(own, other).map(([experiment, first]) => `${experiment}/${String(first).split(' ')[0]?.slice(2)}`)
  const rows = matches([changesOf(own), changesOf(other)]).filter(({ items }) => items.length > 1)
  const there = rows.map(({ items }) => items.map(({ tried }) => tried.experiment).join('/'))
  expect(here.sort()).toEqual(there.sort())
  expect(here).toHaveLength(3)
})

test('equal descriptions, another metric or a change of several knobs are no replication', () => {
  const words = { description: 'LR up' }
  const own = made('a', [rate(1, 2), 0.1, words])
  expect(seen(own, made('b', ['', 0.1, words]))).toEqual([[1]])
  const other = { ...made('b', [rate(1, 2), 0.1]), metric: { name: 'loss', goal: 'minimize' as const } }
  expect(seen(own, other)).toEqual([[1]])
  expect(seen(own, made('b', [patch('LR = 1\n-D = 1', 'LR = 2\n+D = 2'), 0.1]))).toEqual([[1]])
})
