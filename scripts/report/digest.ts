/** The facts of a night, from its records alone. Pure. */
import { change } from '../lib/format.ts'
import { type Experiment, type Session, statuses } from '../record/schema.ts'
import { confirmedBetween, holdoutBetween, noiseOf } from './confirmed.ts'
import { movedConstants } from './constants.ts'
import { drifts } from './drift.ts'
import { deadEnds, keptChanges } from './kept.ts'
import { nextCommand } from './next.ts'
import type { Digest } from './schema.ts'
import { times } from './time.ts'

/**
 * Everything that report and pages say, computed.
 *
 * @param experiments in the order of their verdicts, as the file has them: the last keep is the tip; the baseline is number 0
 * @param patches change.patch of the kept experiments, by number
 */
export function digest(session: Session, experiments: Experiment[], patches: Map<number, string>): Digest {
  const { metric } = session
  const noise = noiseOf(session, experiments)
  const night = { metric, experiments: experiments, noise }
  const baseline = experiments.find(e => e.number === 0)
  const tip = experiments.findLast(e => e.number > 0 && e.status === 'keep')

  const confirmed = tip ? confirmedBetween(baseline, tip, metric.goal, noise) : null
  const holdout = tip ? holdoutBetween(baseline, tip, metric.goal) : null
  const kept = keptChanges(night, confirmed)
  const claimed = claim(baseline, tip, metric.goal)
  return {
    schema: 1,
    session: session.id,
    metric,
    claimed,
    confirmed,
    holdout,
    gap: confirmed && holdout ? confirmed.gain - holdout.gain : null,
    experiments: experiments.length,
    counts: countStatuses(experiments),
    time: times(session, experiments),
    tokens: total(experiments.map(e => e.agent.tokens)),
    costUsd: total(experiments.map(e => e.agent.costUsd)),
    noise,
    // A difference of two runs has a standard deviation of σ·√2; two of those is about 95%.
    detectable: noise ? 2 * noise.sigma * Math.SQRT2 : null,
    kept,
    deadEnds: deadEnds(night),
    failures: failures(experiments),
    constants: movedConstants(
      experiments.filter(e => e.number > 0 && e.status === 'keep').map(e => e.number),
      patches,
    ),
    drift: drifts(night),
    stop: session.stop,
    next: nextCommand(session, kept.length, confirmed),
  }
}

/** The ledger's own word: the tip's row against the baseline's. */
function claim(
  baseline: Experiment | undefined,
  tip: Experiment | undefined,
  goal: 'minimize' | 'maximize',
): Digest['claimed'] {
  const from = baseline?.metric ?? null
  if (from === null) return null
  const best = tip?.metric ?? from
  // + 0 makes −0 plain.
  return { baseline: from, best, gain: change(best - from, goal) + 0, experiment: tip?.number ?? 0 }
}

function countStatuses(experiments: Experiment[]): Digest['counts'] {
  const counts = Object.fromEntries(statuses.map(status => [status, 0])) as Digest['counts']
  for (const { status } of experiments) counts[status]++
  return counts
}

/** Sum of what is known; null when nothing is. */
function total(values: (number | null)[]): number | null {
  const known = values.filter(value => value !== null)
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null
}

/** What was never measured, and why, in the order of the night. */
function failures(experiments: Experiment[]): Digest['failures'] {
  return experiments
    .filter(({ status }) => status !== 'keep' && status !== 'discard' && status !== 'unknown')
    .map(({ number, description, status, reason }) => ({ experiment: number, description, status, reason }))
}
