/** Gains on unused seeds: the head against the baseline, and against itself without one change. */
import type { Experiment, Look, Metric, Noise, Run } from '../record/schema.ts'
import { type Confirmed, confirmedHoldout, confirmGain, type Pairs } from '../stats/confirm.ts'
import { confirmPaired } from '../stats/paired.ts'

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
  const looks = looksAt(head, 'confirm', head?.number)
  if (pairs) return confirmPaired(confirmedSideBySide(baseline, head), goal, pairs, looks)
  return compare(confirmPairs(baseline, head, 'metric'), goal, noise, looks)
}

/** The same on the holdout. Its noise is estimated from its own runs only. */
export function holdoutBetween(
  baseline: Experiment | undefined,
  head: Experiment | undefined,
  goal: Metric['goal'],
): Confirmed | null {
  return confirmedHoldout(confirmPairs(baseline, head, 'holdout'), goal, looksAt(head, 'confirm', head?.number))
}

/** Values of the confirm runs that both trees made on the same seed, so one after the other. */
export function confirmedSideBySide(baseline: Experiment | undefined, head: Experiment | undefined): Pairs {
  const [first, second] = [baseline, head].map(e => confirmRuns(e).filter(run => run.metric !== null)) as [Run[], Run[]]
  const both = second.filter(run => first.some(other => other.seed === run.seed))
  const partners = both.map(run => first.find(other => other.seed === run.seed) as Run)
  return { baseline: values(partners, 'metric'), head: values(both, 'metric') }
}

/** Values of both trees' confirm runs, on val (`metric`) or on the holdout. */
export const confirmPairs = (
  baseline: Experiment | undefined,
  head: Experiment | undefined,
  of: 'metric' | 'holdout',
): Pairs => ({ baseline: values(confirmRuns(baseline), of), head: values(confirmRuns(head), of) })

/**
 * The ablation of one kept change: the head against the head without it (`baseline`), on the seeds that both ran. null
 * before the ablation ran.
 * @param noise null where the head's variance differs from the session's
 */
export function ablationOf(
  change: Experiment,
  head: Experiment,
  goal: Metric['goal'],
  noise: Noise | null,
): Confirmed | null {
  const commit = lastAblation(change, head)?.commit ?? null
  return compare(ablationPairs(change, head, commit), goal, noise, looksAt(change, 'ablate', head.number))
}

/** The last look at the head without a change; undefined when there was none. */
export const lastAblation = ({ looks = [] }: Experiment, head: Experiment): Look | undefined =>
  looks.findLast(look => look.purpose === 'ablate' && look.head === head.number)

/** Values of the head without the change (as `baseline`) and of the head, seed by seed. */
export function ablationPairs(change: Experiment, head: Experiment, commit: string | null): Pairs {
  const without = change.runs.filter(run => run.purpose === 'ablate' && run.commit === commit && run.metric !== null)
  const both = confirmRuns(head).filter(run => run.metric !== null && without.some(other => other.seed === run.seed))
  const paired = without.filter(run => both.some(other => other.seed === run.seed))
  return { baseline: values(paired, 'metric'), head: values(both, 'metric') }
}

function compare(runs: Pairs, goal: Metric['goal'], noise: Noise | null, looks: number[]): Confirmed | null {
  if (runs.baseline.length === 0 || runs.head.length === 0) return null
  const df = runs.baseline.length + runs.head.length - 2 + (noise?.df ?? 0)
  return df > 0 ? confirmGain(runs, goal, noise, looks) : null
}

const confirmRuns = (experiment: Experiment | undefined): Run[] =>
  experiment?.runs.filter(run => run.purpose === 'confirm') ?? []

const values = (runs: Run[], of: 'metric' | 'holdout'): number[] =>
  runs.flatMap(run => (run[of] === null ? [] : [run[of]]))

/** Pairs at each look. A look without pairs, where a change could not be removed, does not count. */
const looksAt = (experiment: Experiment | undefined, purpose: Look['purpose'], head: number | undefined): number[] =>
  (experiment?.looks ?? [])
    .filter(look => look.purpose === purpose && look.head === head && look.pairs > 0)
    .map(look => look.pairs)
