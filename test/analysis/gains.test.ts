import { expect, test } from 'vitest'
import { measuredGains } from '../../scripts/analysis/gains.ts'
import { keptChanges, pRealOf } from '../../scripts/analysis/kept.ts'
import type { Experiment, Metric, Noise, Run } from '../../scripts/record/schema.ts'
import { at, buildExperiment, sha } from '../helpers/exampleRecords.ts'

const metric: Metric = { name: 'loss', goal: 'minimize', unit: null, holdout: null }
const noise: Noise = { sigma: 1, interval: [0.9, 1.1], df: 100, runs: 101, earlier: [] }

/** An experiment with a run per value, judged by the first, against an earlier one. */
function experiment(number: number, status: 'keep' | 'discard', values: number[], parent: number | null): Experiment {
  const commit = sha(number)
  const runs = values.map(
    (value, i): Run => ({
      k: i + 1,
      purpose: i === 0 ? 'candidate' : 'repeat',
      seed: i + 1,
      commit,
      startedAt: at(10 * number),
      seconds: 60,
      outcome: 'ok',
      why: null,
      metric: value,
      holdout: null,
      summary: {},
    }),
  )
  return {
    ...buildExperiment(number, { status, metric: values[0] ?? 0 }),
    commit,
    parent: parent === null ? null : { number: parent, commit: sha(parent) },
    decision: null,
    runs,
    endedAt: at(10 * number + 9),
  }
}

test('a gain is measured against the parent, by all runs of both', () => {
  const experiments = [
    experiment(0, 'keep', [10, 12], null),
    experiment(1, 'keep', [8, 10], 0),
    experiment(2, 'discard', [11.5], 0),
    experiment(3, 'discard', [9.5], 1),
  ]
  expect(measuredGains(experiments, 'minimize')).toEqual([
    { number: 1, kept: true, gain: 2, runs: 2, head: { number: 0, runs: 2 }, earlier: [] },
    { number: 2, kept: false, gain: -0.5, runs: 1, head: { number: 0, runs: 2 }, earlier: [] },
    { number: 3, kept: false, gain: -0.5, runs: 1, head: { number: 1, runs: 2 }, earlier: [] },
  ])
  expect(measuredGains(experiments, 'maximize')[0]?.gain).toBe(-2)
})

test('without a parent, the head is the last keep before', () => {
  const experiments = [
    experiment(0, 'keep', [10], null),
    experiment(1, 'keep', [8], null),
    experiment(2, 'discard', [9], null),
  ]
  expect(measuredGains(experiments, 'minimize').map(({ gain, head }) => [gain, head?.number])).toEqual([
    [2, 0],
    [-1, 1],
  ])
})

test('a run before a rebase counts against the head of its time', () => {
  const rebased = experiment(2, 'keep', [7, 7.5], 1)
  const [first, second] = rebased.runs as [Run, Run]
  rebased.runs = [{ ...first, commit: sha(99), startedAt: at(5) }, second]
  // Experiment 1 was kept after that run began.
  const experiments = [{ ...experiment(0, 'keep', [10], null), endedAt: at(4) }, experiment(1, 'keep', [8], 0), rebased]
  expect(measuredGains(experiments, 'minimize')[1]).toEqual({
    number: 2,
    kept: true,
    gain: 0.5,
    runs: 1,
    head: { number: 1, runs: 1 },
    earlier: [{ gain: 3, head: { number: 0, runs: 1 } }],
  })
})

const single = { goal: 'minimize', paired: false } as const

test('repeats that show no gain lower P(real), though the verdict stays', () => {
  const others = [2, 3, 4].map(number => experiment(number, 'discard', [10 + number / 2], 0))
  const pReal = (values: number[]) =>
    pRealOf([experiment(0, 'keep', [10], null), ...others, experiment(5, 'keep', values, 0)], single, noise, 5) ?? 0
  const once = pReal([8.4])
  expect(once).toBeGreaterThan(0.3)
  // The audit's case: +1.6σ, then seven repeats at the baseline's value.
  expect(pReal([8.4, 10, 10, 10, 10, 10, 10, 10])).toBeLessThan(once - 0.1)
  expect(pReal([8.4, 8.4, 8.4, 8.4])).toBeGreaterThan(once + 0.1)
})

test('labels are by all runs of the session, those of confirm included', () => {
  const baseline = experiment(0, 'keep', [10, 10.1, 9.9], null)
  const discards = Array.from({ length: 14 }, (_, i) => experiment(i + 1, 'discard', [11 + i / 10], 0))
  const head = experiment(15, 'keep', [7], 0)
  const measured = { metric, experiments: [baseline, ...discards, head], noise: null }
  const [before] = keptChanges(measured, null)
  expect(before).toMatchObject({ label: 'too few runs' })
  expect(before?.labelReason).toBe('σ rests on 2 degrees of freedom; 6 are needed.')
  const confirm = (e: Experiment, values: number[]) => {
    const runs = values.map((value, i) => ({
      ...(e.runs[0] as Run),
      purpose: 'confirm' as const,
      seed: 1001 + i,
      metric: value,
    }))
    return { ...e, runs: [...e.runs, ...runs] }
  }
  // So few and alike that the rerun of the head decides nothing; the parent's runs are of other commits.
  const confirmed = [confirm(baseline, [9, 10, 11]), ...discards, { ...confirm(head, [7, 8, 6]), parent: null }]
  expect(keptChanges({ ...measured, experiments: confirmed }, null)[0]).toMatchObject({ label: 'likely' })
  expect(keptChanges({ ...measured, experiments: confirmed, drifted: true }, null)[0]).toMatchObject({
    label: 'unproven',
  })
})
