import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { outcomeOf } from '../../../scripts/analysis/result/outcome.ts'
import type { Experiment, Session } from '../../../scripts/record/schema.ts'
import { buildExperiment, buildSession, confirmRun } from '../../helpers/exampleRecords.ts'

const baseline = buildExperiment(0, { status: 'keep', metric: 2.4 })
const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 })
const discard = buildExperiment(1, { metric: 2.5, gain: -0.1 })
const crash = buildExperiment(1, { status: 'crash' })

/** Baseline and kept change, each run again twice. */
const confirmedBy = (before: [number, number], after: [number, number]): Experiment[] =>
  [baseline, keep].map((experiment, i) => {
    const runs = (i === 0 ? before : after).map((metric, k) =>
      confirmRun(k + 2, metric, null, 100 + 40 * i + 20 * k, i),
    )
    return { ...experiment, runs: [...experiment.runs, ...runs] }
  })

const outcome = (experiments: Experiment[], session: Session = buildSession()) =>
  outcomeOf(digest(session, experiments, new Map()))

test.each<[string, Experiment[], object]>([
  ['no experiment', [], { kind: 'empty' }],
  ['a baseline that crashed', [buildExperiment(0, { status: 'crash' })], { kind: 'no-baseline' }],
  ['a baseline alone', [baseline], { kind: 'nothing-kept', baseline: 2.4, tried: 0, measured: false }],
  ['a crash', [baseline, crash], { kind: 'nothing-kept', tried: 1, measured: false }],
  ['a discard', [baseline, discard], { kind: 'nothing-kept', tried: 1, measured: true }],
  ['a keep', [baseline, keep], { kind: 'unconfirmed', bestSingleRun: { baseline: 2.4, best: 2.3, experiment: 1 } }],
  [
    'a gain in the runs of confirm',
    confirmedBy([2.4, 2.401], [2.3, 2.301]),
    { kind: 'confirmed', confirmed: { verdict: 'better', seeds: 2 } },
  ],
  [
    'an interval that includes zero',
    confirmedBy([2.3, 2.5], [2.2, 2.5]),
    { kind: 'inconclusive', confirmed: { verdict: 'inconclusive' } },
  ],
  [
    'a loss in the runs of confirm',
    confirmedBy([2.3, 2.301], [2.4, 2.401]),
    { kind: 'worse', confirmed: { verdict: 'worse' } },
  ],
])('%s has its kind and its numbers', (_, experiments, expected) => {
  expect(outcome(experiments)).toMatchObject({ ...expected, state: 'ended' })
})

test('a session is running until it has a stop reason, also a collected one', () => {
  const found = { ...digest(buildSession(), [baseline, keep], new Map()) }
  expect(outcomeOf({ ...found, stop: null }).state).toBe('running')
  expect(outcomeOf({ ...found, stop: null, collected: true }).state).toBe('running')
  expect(outcomeOf({ ...found, collected: true }).state).toBe('collected')
  expect(outcomeOf(found).state).toBe('ended')
})
