/** Gains in the runs of confirm, which choose nothing: the head against the baseline, and against itself without one change. */
import type { Experiment, Look, Metric, Noise, Run } from '../../record/schema.ts'
import { ablationsInTable } from '../../stats/ablation.ts'
import { type Confirmed, confirmedHoldout, confirmGain, type Pairs } from '../../stats/confirm.ts'
import { type HoldoutGap, holdoutGap, type SplitRun } from '../../stats/holdoutGap.ts'
import { confirmPaired } from '../../stats/paired.ts'
import { plannedBaselineMetrics } from '../noise/noise.ts'

/**
 * Compares two trees by their confirm runs; null where one has none, or nothing bounds the noise.
 * @param pairs of a paired session, the loop's gains of pairs by experiment: only runs side by side are compared
 */
export function confirmedBetween(
  baseline: Experiment | undefined,
  head: Experiment | undefined,
  goal: Metric['goal'],
  noise: Noise | null,
  pairs: number[][] | null = null,
): Confirmed | null {
  const looks = looksAt(head, 'confirm', head)
  if (pairs) return confirmPaired(confirmedSideBySide(baseline, head), goal, pairs, looks)
  return compare(confirmPairs(baseline, head, 'metric'), goal, noise, looks)
}

/** The same on the holdout. Its noise is estimated from its own runs only. */
export function holdoutBetween(
  baseline: Experiment | undefined,
  head: Experiment | undefined,
  goal: Metric['goal'],
): Confirmed | null {
  return confirmedHoldout(confirmPairs(baseline, head, 'holdout'), goal, looksAt(head, 'confirm', head))
}

/** Values of the confirm runs that both trees made on the same seed, so one after the other. */
export function confirmedSideBySide(baseline: Experiment | undefined, head: Experiment | undefined): Pairs {
  const [first, second] = [baseline, head].map(e => confirmRunsOf(e).filter(run => run.metric !== null)) as [
    Run[],
    Run[],
  ]
  const both = second.filter(run => first.some(other => other.seed === run.seed))
  const partners = both.map(run => first.find(other => other.seed === run.seed) as Run)
  return { baseline: values(partners, 'metric'), head: values(both, 'metric') }
}

/** Values of both trees' confirm runs, on val (`metric`) or on the holdout. */
export const confirmPairs = (
  baseline: Experiment | undefined,
  head: Experiment | undefined,
  of: 'metric' | 'holdout',
): Pairs => ({
  baseline: values(confirmRunsOf(baseline), of),
  head: values(confirmRunsOf(head), of),
  // The loop never measures the holdout.
  planned: baseline && of === 'metric' ? plannedBaselineMetrics(baseline) : [],
})

/**
 * How much smaller the gain is on the holdout, from the runs of both trees that measured both splits; null where nothing
 * bounds the noise.
 */
export function holdoutGapBetween(
  baseline: Experiment | undefined,
  head: Experiment | undefined,
  goal: Metric['goal'],
): HoldoutGap | null {
  const runsOf = (experiment: Experiment | undefined): SplitRun[] =>
    confirmRunsOf(experiment).flatMap(({ metric, holdout }) =>
      metric === null || holdout === null ? [] : [{ val: metric, holdout }],
    )
  const looks = looksOf(head, 'confirm', head)
  // The extra pairs of a call depend on val alone. Calls that an older version made are not told apart.
  const callOf = (look: Look | undefined) => look?.call ?? 1
  const endsOfCalls = looks.filter((look, i) => i < looks.length - 1 && callOf(looks[i + 1]) > callOf(look))
  const earlierCalls = endsOfCalls.map(look => look.pairs).filter(pairs => pairs > 0)
  return holdoutGap(runsOf(baseline), runsOf(head), goal, earlierCalls)
}

/**
 * The ablations of the head: of each change, the head against the head without it (`baseline`), on the seeds that both
 * ran, all as one table. By the change's number; without those that were not run.
 * @param noise null where the head's variance differs from the session's
 */
export function ablationsOf(
  experiments: Experiment[],
  head: Experiment,
  goal: Metric['goal'],
  noise: Noise | null,
): Map<number, Confirmed> {
  const run = experiments.flatMap(change => {
    const row = ablationRow(change, lastAblation(change, head)?.commit ?? null)
    return row.size > 0 ? [{ change, row }] : []
  })
  const found = ablationsInTable(
    seedRow(confirmRunsOf(head)),
    run.map(({ row }) => row),
    run.map(({ change }) => looksAt(change, 'ablate', head)),
    goal,
    noise,
  )
  return new Map(run.flatMap(({ change }, i) => (found[i] ? [[change.number, found[i]]] : [])))
}

/** The last look at the head without a change; undefined when there was none. */
export const lastAblation = ({ looks = [] }: Experiment, head: Experiment): Look | undefined =>
  looks.findLast(look => look.purpose === 'ablate' && look.head === head.number)

/** Number of seeds that ran both the head and the head without the change, which is `commit`. */
export function ablationPairs(change: Experiment, head: Experiment, commit: string | null): number {
  const seeds = seedRow(confirmRunsOf(head))
  return [...ablationRow(change, commit).keys()].filter(seed => seeds.has(seed)).length
}

const ablationRow = ({ runs }: Experiment, commit: string | null): Map<number, number> =>
  seedRow(runs.filter(run => run.purpose === 'ablate' && run.commit === commit))

const seedRow = (runs: Run[]): Map<number, number> =>
  new Map(runs.flatMap(({ seed, metric }) => (metric === null ? [] : [[seed, metric]])))

function compare(runs: Pairs, goal: Metric['goal'], noise: Noise | null, looks: number[]): Confirmed | null {
  if (runs.baseline.length === 0 || runs.head.length === 0) return null
  const df = runs.baseline.length + runs.head.length - 2 + (noise?.df ?? 0)
  return df > 0 ? confirmGain(runs, goal, noise, looks) : null
}

/** Confirm runs of an experiment's commit: a pruned head has the head's number and another commit. */
export const confirmRunsOf = (experiment: Pick<Experiment, 'commit' | 'runs'> | undefined): Run[] =>
  experiment?.runs.filter(run => run.purpose === 'confirm' && run.commit === experiment.commit) ?? []

const values = (runs: Run[], of: 'metric' | 'holdout'): number[] =>
  runs.flatMap(run => (run[of] === null ? [] : [run[of]]))

/** Pairs at each look. A look without pairs, where a change could not be removed, does not count. */
export const looksAt = (
  experiment: Experiment | undefined,
  purpose: Look['purpose'],
  head: Experiment | undefined,
): number[] => looksOf(experiment, purpose, head).flatMap(({ pairs }) => (pairs > 0 ? [pairs] : []))

/** Looks of a purpose at this head; those of confirm at this commit of it, which pruning changes. */
export const looksOf = (
  experiment: Experiment | undefined,
  purpose: Look['purpose'],
  head: Experiment | undefined,
): Look[] =>
  (experiment?.looks ?? [])
    .filter(look => look.purpose === purpose && look.head === head?.number)
    .filter(look => purpose === 'ablate' || look.commit === head?.commit)
