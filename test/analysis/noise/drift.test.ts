import { expect, test } from 'vitest'
import { drifts, hasDrifted } from '../../../scripts/analysis/noise/drift.ts'
import type { Run } from '../../../scripts/record/schema.ts'
import { at, buildExperiment, buildRun, buildSession } from '../../helpers/exampleRecords.ts'

const { metric } = buildSession()
const baselineRuns = (values: number[], speeds: number[] = values.map(() => 10), seconds = 600): Run[] =>
  values.map((value, i) =>
    buildRun(value, {
      k: i + 1,
      purpose: i === 0 ? 'baseline' : 'seed',
      startedAt: at(3600 * i),
      summary: { training_seconds: seconds, num_steps: Math.floor(seconds * (speeds[i] ?? 10)) },
    }),
  )
const found = (runs: Run[]) =>
  drifts({ metric, experiments: [buildExperiment(0, { status: 'keep', metric: 2.4, runs })] })
const speedOf = (...speeds: number[]) =>
  found(
    baselineRuns(
      speeds.map((_, i) => 2.4 + (i % 2) / 1000),
      speeds,
    ),
  )

test('a metric that drifts by more than its own noise is reported with both values and the interval', () => {
  expect(found(baselineRuns([2.4, 2.402, 2.401, 2.4015, 2.4005]))).toEqual([])
  expect(found(baselineRuns([2.4, 2.4011, 2.4019, 2.403, 2.4041]))).toEqual([
    {
      kind: 'drift',
      of: 'metric',
      experiment: 0,
      sentence:
        'The baseline: val_bpb of the same code moved from 2.400000 to 2.404040 over the session, +0.00404 ± 0.00038, by a straight line through its runs.',
    },
  ])
})

test('a drift of two runs, or of three that leave the noise unknown, is not reported', () => {
  expect(found(baselineRuns([2.4, 2.5]))).toEqual([])
  expect(found(baselineRuns([2.4, 2.41, 2.419]))).toEqual([])
})

test('the drift is one for all trees, each with its own level', () => {
  const later = [2.2, 2.2009, 2.2021].map((value, i) =>
    buildRun(value, { k: i + 2, purpose: 'drift', startedAt: at(1800 + 3600 * i) }),
  )
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 2.4, runs: baselineRuns([2.4, 2.4011, 2.4019]) }),
    buildExperiment(1, {
      status: 'keep',
      metric: 2.2,
      runs: later.map(run => ({ ...run, commit: 'c'.repeat(40) })),
      commit: 'c'.repeat(40),
    }),
  ]
  expect(drifts({ metric, experiments })).toMatchObject([{ kind: 'drift', of: 'metric', experiment: 0 }])
})

test('a speed that moves one way by more than noise is a drift, with its times', () => {
  const [drift, ...more] = speedOf(10, 9.71, 9.4, 9.12, 8.8)
  expect(more).toEqual([])
  expect(drift).toMatchObject({ kind: 'drift', of: 'speed', experiment: 0 })
  expect(drift?.sentence).toBe(
    'The baseline: the same code ran at 10.0 steps/s (20 Nov, 22:00) and at 8.82 (21 Nov, 02:00 UTC), −12.0% ± 0.6, by a straight line through its runs.',
  )
  // A change below 5% is not worth a word, however clear.
  expect(speedOf(10, 9.9, 9.8, 9.7, 9.6)).toEqual([])
})

test('a speed that goes up and down is an unsteady machine, not a drift', () => {
  const all = speedOf(10, 7.7, 10, 10, 7.7)
  expect(all).toEqual([
    {
      kind: 'unsteady',
      of: 'speed',
      experiment: 0,
      sentence: 'The baseline: the speed of the same code varied between 7.70 and 10.0 steps/s from run to run.',
    },
  ])
  expect(hasDrifted(all)).toBe(false)
  expect(hasDrifted(speedOf(10, 9.71, 9.4, 9.12, 8.8))).toBe(true)
})

test('runs of few steps may differ by a whole step', () => {
  const steps = (...counts: number[]) =>
    found(
      baselineRuns(
        counts.map(() => 2.4),
        counts.map(n => (n + 0.5) / 300),
        300,
      ),
    )
  expect(steps(13, 13, 12, 12, 12)).toEqual([])
  expect(steps(13, 12, 13, 12, 13)).toEqual([])
  expect(steps(13, 12, 11, 10, 9, 8)).toMatchObject([{ kind: 'drift', of: 'speed' }])
})

test("the runs that a kept change's verdict was made from are not compared, since selection biases them", () => {
  const later = [2.31, 2.3104, 2.3098, 2.3103].map((value, i) =>
    buildRun(value, { k: i + 3, purpose: i === 3 ? 'repeat' : 'drift', startedAt: at(7200 * (i + 1)) }),
  )
  const picked = [buildRun(2.3, { startedAt: at(0) }), buildRun(2.3, { k: 2, purpose: 'repeat', startedAt: at(600) })]
  const keep = buildExperiment(1, {
    status: 'keep',
    metric: 2.3,
    gain: 0.1,
    runs: [...picked, ...later],
    endedAt: at(700),
  })
  const runs = keep.runs.map(run => ({ ...run, commit: keep.commit ?? '' }))
  expect(drifts({ metric, experiments: [{ ...keep, runs }] })).toEqual([])
})
