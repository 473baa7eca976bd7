import { expect, test } from 'vitest'
import { loopNoise, noiseOf, unselectedMetrics, withConfirmRuns } from '../../../scripts/analysis/noise/noise.ts'
import type { Run } from '../../../scripts/record/schema.ts'
import { at, buildExperiment, buildRun, buildSession, confirmRun, sha } from '../../helpers/exampleRecords.ts'

/** A run of change 1 from this second on. */
const run = (metric: number, purpose: Run['purpose'], second: number, commit = sha(1)) =>
  buildRun(metric, { k: second, purpose, seed: second, startedAt: at(second), commit })

const candidate = buildExperiment(1, { status: 'keep', metric: 2.28, endedAt: at(60) })

test('the runs that a change was kept for enter no σ; its later ones do', () => {
  const kept = {
    ...candidate,
    runs: [
      run(2.2, 'candidate', 10, sha(9)), // before it was rebased
      run(2.28, 'candidate', 20),
      run(2.29, 'repeat', 40), // decided the verdict
      run(2.31, 'repeat', 60),
      run(2.32, 'drift', 80),
      run(2.33, 'confirm', 90),
      run(2.4, 'ablate', 95, sha(8)),
    ],
  }
  expect(unselectedMetrics(kept)).toEqual([2.31, 2.32])
})

test('all runs of the baseline count', () => {
  const baseline = { ...buildExperiment(0, { status: 'keep', metric: 2.42 }), commit: sha(1) }
  const runs = [run(2.42, 'baseline', 1), run(2.423, 'seed', 20), run(2.417, 'seed', 70), run(2.4, 'drift', 80)]
  expect(unselectedMetrics({ ...baseline, runs })).toEqual([2.42, 2.423, 2.417, 2.4])
})

test('the best that was re-run does not raise σ by its lucky first run', () => {
  const later = [2.31, 2.311, 2.309].map((value, i) => run(value, 'drift', 100 + i))
  const kept = { ...candidate, runs: [run(2.28, 'candidate', 20), ...later] }
  expect(loopNoise([kept])).toMatchObject({ df: 2, runs: 3 })
  expect(loopNoise([kept])?.sigma).toBeCloseTo(0.001, 9)
  expect(loopNoise([{ ...kept, runs: kept.runs.slice(0, 2) }])).toBeNull()
})

test('a σ that an older version recorded is computed again from the runs; without any repeat it stands', () => {
  const noise = { sigma: 9, interval: null, df: 1, runs: 2, earlier: [] }
  const later = [2.31, 2.311, 2.309].map((value, i) => run(value, 'drift', 100 + i))
  expect(noiseOf({ ...buildSession(), noise }, [{ ...candidate, runs: later }])?.sigma).toBeCloseTo(0.001, 9)
  expect(noiseOf({ ...buildSession(), noise }, [candidate])).toBe(noise)
})

test('confirm runs add to σ, each tree by its own mean, and help to test the earlier sessions', () => {
  const later = [2.31, 2.311, 2.309].map((value, i) => run(value, 'drift', 100 + i))
  const confirm = [2.41, 2.42].map((value, i) => confirmRun(i + 9, value, null, 200 + i))
  const experiments = [{ ...candidate, runs: [...later, ...confirm] }]
  const earlier = [{ id: 'mon', sigma: 0.001, df: 20 }]
  const noise = loopNoise(experiments, earlier)
  expect(noise).toMatchObject({ df: 3.5, earlier: ['mon'] })
  // Squares 2e-6 + 5e-5 over 3 degrees of freedom: 17 times as much as the earlier ones.
  const all = withConfirmRuns(noise, experiments)
  expect(all).toMatchObject({ df: 3, earlier: [] })
  expect(all?.sigma).toBeCloseTo(Math.sqrt(5.2e-5 / 3), 9)
})

test('trees that were run once show how coarse the metric is', () => {
  const zeros = [0, 0, 0].map((value, i) => run(value, 'drift', 100 + i))
  expect(loopNoise([{ ...candidate, runs: zeros }])?.sigma).toBe(0)
  const discard = { ...buildExperiment(2, { metric: 3 }), commit: sha(1), runs: [run(3, 'candidate', 5)] }
  expect(loopNoise([{ ...candidate, runs: zeros }, discard])?.sigma).toBeCloseTo(1 / Math.sqrt(12), 9)
})
