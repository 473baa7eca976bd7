/**
 * A session's σ, from the runs that nobody selected: without its confirm runs, for confirm itself, and with them, for
 * everything else. Pure.
 */
import { isPaired, pairGroups } from '../../record/pairs.ts'
import type { Experiment, Metric, Noise, Run, Session } from '../../record/schema.ts'
import { sessionMetrics } from '../../record/state.ts'
import { type EarlierNoise, estimateNoise, roundingVariance } from '../../stats/noise.ts'
import { pairNoise } from '../../stats/paired.ts'

type Judged = Pick<Session, 'noise' | 'contract' | 'metric'>

/** σ from the runs of the loop; null where no tree has two that count. The loop records it as the session's. */
export const loopNoise = (experiments: Experiment[], earlier: EarlierNoise[] = []): Noise | null =>
  estimateNoise(experiments.map(unselectedMetrics), earlier, treeMetrics(experiments))

/**
 * σ from the runs of the loop, as confirm compares its own runs by it, so that each run counts once. A record without
 * earlier sessions is computed again: an older version counted runs that were selected for their value.
 */
export function noiseOf(session: Judged, experiments: Experiment[]): Noise | null {
  if (isPaired(session)) return session.noise ?? noiseOfPairs(session.metric.goal, experiments)
  return session.noise?.own ? session.noise : (loopNoise(experiments) ?? session.noise)
}

/** Gains of the loop's pairs by experiment, which bound the noise of a paired confirm; null for another session. */
export const pairsOfSession = (
  session: Pick<Session, 'contract' | 'metric'>,
  experiments: Experiment[],
): number[][] | null => (isPaired(session) ? pairGroups(experiments, session.metric.goal) : null)

/** σ of a paired session, from the differences of all its pairs. */
export const noiseOfPairs = (goal: Metric['goal'], experiments: Pick<Experiment, 'runs' | 'commit'>[]): Noise | null =>
  pairNoise(pairGroups(experiments, goal), roundingVariance(experiments.map(sessionMetrics)))

/**
 * σ from all runs of the session, those of confirm included: what labels rest on. Runs of a paired confirm lie apart in
 * time from those of the loop, so there it is the loop's.
 */
export function noiseWithConfirm(session: Judged, experiments: Experiment[]): Noise | null {
  const noise = noiseOf(session, experiments)
  return isPaired(session) ? noise : withConfirmRuns(noise, experiments)
}

/** The loop's σ with the runs of confirm. */
export function withConfirmRuns(noise: Noise | null, experiments: Experiment[]): Noise | null {
  // Each tree's confirm runs are a group of their own: the machine may have drifted since the loop. By commit: those of a
  // pruned head are among the runs of its head's experiment.
  const groups = experiments.flatMap(e => {
    const byCommit = Map.groupBy(e.runs.filter(isConfirm), run => run.commit)
    return [unselectedMetrics(e), ...[...byCommit.values()].map(metricsOf)]
  })
  return estimateNoise(groups, noise?.earlierSessions ?? [], treeMetrics(experiments)) ?? noise
}

/**
 * Metrics of the experiment's runs in the loop that were not selected by their value: of the baseline all, of a
 * candidate those after its verdict. It was kept for the runs before, so they are better than its other runs.
 */
export function unselectedMetrics({ number, commit, endedAt, runs }: Experiment): number[] {
  return metricsOf(
    runs.filter(run => {
      if (run.commit !== commit || isConfirm(run)) return false
      if (number === 0 || run.purpose === 'drift' || run.purpose === 'seed') return true
      return run.purpose === 'repeat' && endedAt !== null && Date.parse(run.startedAt) >= Date.parse(endedAt)
    }),
  )
}

/**
 * The baseline's runs on further seeds in the loop: planned before anything was measured. Its first run is not among
 * them: where it was unlucky, more was kept, so in sessions with a keep it is worse than its true value.
 */
export const plannedBaselineMetrics = ({ number, commit, runs }: Experiment): number[] =>
  number === 0 ? metricsOf(runs.filter(run => run.purpose === 'seed' && run.commit === commit)) : []

/** One metric for each tree that was run: they show how coarse the metric is. */
const treeMetrics = (experiments: Experiment[]): number[] =>
  experiments.flatMap(({ commit, runs }) => metricsOf(runs.filter(run => run.commit === commit)).slice(0, 1))

const isConfirm = ({ purpose }: Run): boolean => purpose === 'confirm'

const metricsOf = (runs: Run[]): number[] => runs.flatMap(run => (run.metric === null ? [] : [run.metric]))
