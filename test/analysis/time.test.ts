import { expect, test } from 'vitest'
import { times } from '../../scripts/analysis/time.ts'
import { at, buildExperiment, buildRun, buildSession, confirmRun, exampleSession } from '../helpers/exampleRecords.ts'

test('the shares of the example session add up to its 200 s', () => {
  const { session, experiments } = exampleSession()
  // 8 own runs and 2 seeds of 8 s, two of them failed (6 s of training each by the budget); 4 confirm runs; 8 proposals.
  expect(times(session, experiments)).toEqual({
    total: 200,
    training: 60,
    overhead: 20,
    confirming: 32,
    thinking: 8,
    idle: 80,
    experimentsPerHour: (8 / 168) * 3600,
  })
})

test('confirm runs made after the end are part of the total', () => {
  const baseline = buildExperiment(0, { status: 'keep', metric: 2.4 })
  const runs = [...baseline.runs, confirmRun(2, 2.4, null, 5000), confirmRun(3, 2.4, null, 5010)]
  const { total, confirming, idle } = times(buildSession(), [{ ...baseline, runs }])
  expect([total, confirming, idle]).toEqual([216, 16, 192])
})

test('the time of a running session ends with its last experiment', () => {
  const session = buildSession({ endedAt: null, stop: null })
  expect(times(session, []).total).toBe(0)
  expect(times(session, []).experimentsPerHour).toBe(0)
  expect(times(session, [buildExperiment(0, { status: 'keep', metric: 2.4 })]).total).toBe(9)
})

test("a printed training time counts only within the run's own wall time", () => {
  const run = (training_seconds: number) => buildRun(2.4, { purpose: 'baseline', summary: { training_seconds } })
  const training = (seconds: number) =>
    times(buildSession(), [buildExperiment(0, { status: 'keep', metric: 2.4, runs: [run(seconds)] })]).training
  expect([training(5), training(1e9), training(-5)]).toEqual([5, 8, 0])
})

test('parallel runs do not make the idle time negative', () => {
  const experiments = Array.from({ length: 50 }, (_, n) =>
    buildExperiment(n, { status: 'keep', metric: 2.4, startedAt: at(0), endedAt: at(9) }),
  )
  expect(times(buildSession({ endedAt: at(10) }), experiments).idle).toBe(0)
})
