import { expect, test } from 'vitest'
import { drifts } from '../../scripts/analysis/drift.ts'
import type { Run } from '../../scripts/record/schema.ts'
import { at, buildExperiment, buildRun, buildSession } from '../helpers/exampleRecords.ts'

const { metric } = buildSession()
const noise = { sigma: 0.001, interval: null, df: 10, runs: 11, earlier: [] }
const baselineRuns = (values: number[], speeds: number[] = values.map(() => 10)): Run[] =>
  values.map((value, i) =>
    buildRun(value, {
      k: i + 1,
      purpose: i === 0 ? 'baseline' : 'seed',
      startedAt: at(3600 * i),
      summary: { training_seconds: 6, num_steps: 6 * (speeds[i] ?? 10) },
    }),
  )
const found = (runs: Run[]) =>
  drifts({ metric, noise, experiments: [buildExperiment(0, { status: 'keep', metric: 2.4, runs })] })

test('a metric that drifts by more than three standard deviations is reported with both values', () => {
  // Two earlier against two later runs: the difference has a standard deviation of σ, so 0.003 is the limit.
  expect(found(baselineRuns([2.4, 2.4, 2.4029, 2.4029]))).toEqual([])
  expect(found(baselineRuns([2.4, 2.4, 2.4031, 2.4031]))).toEqual([
    'The baseline: val_bpb of the same code moved from 2.400000 to 2.403100 over the session, +0.00310; noise explains 0.0030.',
  ])
})

test('a change of speed above 5% is reported with its time', () => {
  expect(found(baselineRuns([2.4, 2.4], [10, 9.6]))).toEqual([])
  expect(found(baselineRuns([2.4, 2.4, 2.4], [10, 9.4, 9.9]))).toEqual([
    'The baseline: the same code ran at 10.0 steps/s first and at 9.40 at 23:00 UTC, −6.0%.',
  ])
})

test('the speed of a repeat counts like that of any run', () => {
  const runs = baselineRuns([2.4, 2.4], [10, 9]).map((run, i) =>
    i === 1 ? { ...run, purpose: 'repeat' as const } : run,
  )
  expect(found(runs)).toEqual([
    'The baseline: the same code ran at 10.0 steps/s first and at 9.00 at 23:00 UTC, −10.0%.',
  ])
})

test("a kept change's first run is not compared for drift, since selection biases it", () => {
  const runs = [
    buildRun(2.3, { startedAt: at(0) }),
    buildRun(2.31, { k: 2, purpose: 'drift', startedAt: at(7200) }),
    buildRun(2.3105, { k: 3, purpose: 'drift', startedAt: at(14_400) }),
  ]
  const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1, runs })
  expect(drifts({ metric, noise, experiments: [keep] })).toEqual([])
})

test('a repeat that decided a keep is not compared for drift', () => {
  const runs = [
    buildRun(2.3, { startedAt: at(0) }),
    buildRun(2.3, { k: 2, purpose: 'repeat', startedAt: at(3600) }),
    buildRun(2.31, { k: 3, purpose: 'drift', startedAt: at(7200) }),
    buildRun(2.3105, { k: 4, purpose: 'drift', startedAt: at(14_400) }),
  ]
  const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1, runs })
  expect(drifts({ metric, noise, experiments: [keep] })).toEqual([])
})

test('without σ only drift of speed is reported', () => {
  const runs = baselineRuns([2.4, 2.9], [10, 20])
  const experiments = [buildExperiment(0, { status: 'keep', metric: 2.4, runs })]
  expect(drifts({ metric, noise: null, experiments })).toHaveLength(1)
})
