import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { digestSchema } from '../../../scripts/analysis/schema.ts'
import { experimentSchema, sessionSchema } from '../../../scripts/record/schema.ts'
import { facts } from '../../../scripts/report/facts/facts.ts'
import { buildExperiment, buildSession } from '../../helpers/exampleRecords.ts'

/** A row of a foreign table: no times, no runs, no trees, no decision. */
const row = (number: number, status: string, metric: number | null, description = `row ${number}`) =>
  experimentSchema.parse({
    ...buildExperiment(number, { metric }),
    status,
    description,
    proseHash: null,
    parent: null,
    commit: null,
    tree: null,
    decision: null,
    runs: [],
    linesAdded: null,
    linesRemoved: null,
    startedAt: null,
    endedAt: null,
    memoryMb: null,
    agent: { use: null, model: null, seconds: null, tokens: null, costUsd: null },
  })

const session = sessionSchema.parse({
  ...buildSession({ stop: { kind: 'collected', detail: 'Collected.' }, data: null }),
  program: null,
  contractHash: null,
  proseHash: null,
  budget: null,
  branch: null,
  baseCommit: null,
  agent: { use: null, model: null },
  startedAt: null,
  endedAt: null,
  source: { kind: 'table', from: 'x.tsv' },
})

const made = [
  row(0, 'keep', 0.9979, 'baseline'),
  row(1, 'keep', 0.986, 'halve batch'),
  row(2, 'discard', 0.9861, 'random seed 42 to 137'),
  row(3, 'unknown', 0.9),
  row(4, 'crash', null, 'batch 131K (assert fail: not divisible by device batch)'),
  row(5, 'keep', 0.9858, 'RoPE base 10K to 200K'),
]

test('a table without git gives only the facts that it contains', () => {
  const found = digestSchema.parse(digest(session, made, new Map()))
  expect(found).toMatchObject({ collected: true, confirmed: null, holdoutLooks: null, configuration: null, knobs: [] })
  expect(found.bestSingleRun).toMatchObject({ baseline: 0.9979, best: 0.9858, experiment: 5 })
  expect(found.kept.map(({ experiment, gain }) => [experiment, gain.toFixed(4)])).toEqual([
    [1, '0.0119'],
    [5, '0.0002'],
  ])
  expect(found.deadEnds.map(({ experiment, delta }) => [experiment, delta.toFixed(4)])).toEqual([[2, '-0.0001']])
  expect(found.causes.map(({ cause, experiments }) => [cause, experiments])).toEqual([['shapes do not fit', [4]]])
  expect(found.assumed).toMatchObject({ basis: 'descriptions', experiments: [1, 2] })
  expect(found.nullGain).not.toBeNull()
  expect(found.replication.every(({ comparable, found }) => comparable && found.length === 0)).toBe(true)
})

test('its facts state what is unknown', () => {
  const found = facts(digest(session, made, new Map()))
  const text = (id: string) => found.get(id)?.text
  expect(text('headline.verdict')).toBe('unconfirmed')
  expect(text('bestSingle.gain')).toBe('−0.0121')
  expect(text('session.unknown')).toBe('1 of unknown status')
  expect(text('replication.1')).toBe('first seen here')
  expect(text('noise.assumed.basis')).toContain('the seed alone')
  for (const id of [
    'session.hours',
    'session.idle',
    'session.tokens',
    'kept.1.lines',
    'kept.1.memory',
    'theme.batch.time',
  ])
    expect(found.has(id), id).toBe(false)
})

test('a table without a measured baseline, or an empty one, has no gain', () => {
  const unmeasured = digest(session, [row(0, 'crash', null), row(1, 'discard', 0.9)], new Map())
  expect(unmeasured).toMatchObject({ bestSingleRun: null, kept: [], assumed: null })
  expect(digest(session, [], new Map()).bestSingleRun).toBeNull()
})
