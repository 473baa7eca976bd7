/** The kept changes with the evidence for each, and the discarded ones with their gains. */
import { gainsOfPairs, pairGroups, pairsIn } from '../record/pairs.ts'
import type { Experiment, Metric, Noise } from '../record/schema.ts'
import { probabilitiesReal } from '../stats/chance.ts'
import type { Confirmed } from '../stats/confirm.ts'
import { pairsWorth } from '../stats/paired.ts'
import { probabilitiesOfPairs } from '../stats/pairedChance.ts'
import { ablationOf, confirmedBetween, lastAblation } from './confirmed.ts'
import { gainsOf } from './gains.ts'
import { labelOf } from './labels.ts'
import type { Digest, Kept } from './schema.ts'

interface Measured {
  metric: Metric
  /** In the order of their verdicts. */
  experiments: Experiment[]
  noise: Noise | null
  /** An assumed σ where none was measured; used for P(real), never for an interval. */
  assumed?: number | null
  /** Whether gains were measured in pairs, candidate and head side by side. */
  paired?: boolean
}

/** Kept changes, largest gain first. @param stack the confirmed gain of all of them together */
export function keptChanges(
  { metric, experiments, noise, assumed = null, paired = false }: Measured,
  stack: Confirmed | null,
): Kept[] {
  const pairs = paired ? pairGroups(experiments, metric.goal) : null
  const gains = gainsOf(experiments, metric.goal)
  const byNumber = new Map(experiments.map(e => [e.number, e]))
  const pRealOfNumber = paired
    ? pRealOfPairs(experiments, noise)
    : pRealByNumber(experiments, gains, noise?.sigma ?? assumed)
  const keeps = experiments.flatMap(e => (e.number > 0 && e.status === 'keep' && e.metric !== null ? [e] : []))
  const total = keeps.reduce((sum, e) => sum + (gains.get(e.number) ?? 0), 0)
  const head = keeps.at(-1)
  const kept = keeps.map((e): Kept => {
    const gain = gains.get(e.number) ?? 0
    const pReal = pRealOfNumber.get(e.number) ?? null
    const parent = byNumber.get(e.parent?.number ?? -1)
    const rerun = confirmedBetween(parent, e, metric.goal, noise, pairs)
    // Where the head's variance was found to differ, the session's σ does not apply here either.
    const ablation = head ? ablationOf(e, head, metric.goal, stack?.spread ? null : noise) : null
    return {
      experiment: e.number,
      description: e.description,
      metric: e.metric as number,
      gain,
      share: total > 0 ? gain / total : null,
      pReal,
      label: labelOf({
        gain,
        pReal,
        ablation: ablation?.verdict ?? null,
        rerun: rerun?.verdict ?? null,
        stack: stack?.verdict ?? null,
      }),
      ablation,
      rerun,
      ablationError: (head && lastAblation(e, head)?.why) ?? null,
      linesAdded: e.linesAdded,
      linesRemoved: e.linesRemoved,
      memoryMb: e.memoryMb,
    }
  })
  return kept.sort((a, b) => b.gain - a.gain || a.experiment - b.experiment)
}

/** P(real) of a kept experiment; null for the baseline and without σ. Needs decisions, so not for collected sessions. */
export function pRealOf(experiments: Experiment[], noise: Noise | null, number: number, paired = false): number | null {
  const gains = new Map(experiments.map(e => [e.number, e.decision?.gain ?? null]))
  const found = paired ? pRealOfPairs(experiments, noise) : pRealByNumber(experiments, gains, noise?.sigma ?? null)
  return found.get(number) ?? null
}

function pRealByNumber(
  experiments: Experiment[],
  gains: Map<number, number | null>,
  sigma: number | null,
): Map<number, number | null> {
  const judged = experiments.flatMap(({ number, status, runs }) => {
    const gain = gains.get(number) ?? null
    // An unknown status does not say which head came next.
    if (number === 0 || gain === null || (status !== 'keep' && status !== 'discard')) return []
    const own = runs.filter(run => (run.purpose === 'candidate' || run.purpose === 'repeat') && run.metric !== null)
    return [{ number, gain, runs: Math.max(1, own.length), kept: status === 'keep' }]
  })
  const found = probabilitiesReal(judged, sigma)
  return new Map(judged.map(({ number }, i) => [number, found[i] ?? null]))
}

/** The same for gains that were measured in pairs. A discard for a limit has no decision, and counts for nothing here. */
function pRealOfPairs(experiments: Experiment[], noise: Noise | null): Map<number, number | null> {
  if (noise === null) return new Map()
  const judged = experiments.flatMap(({ number, decision, runs, commit }) => {
    const { pairs } = pairsIn(runs, commit)
    if (!decision?.pairs || pairs.length === 0) return []
    // Only their scatter counts here, which is the same in either direction.
    return [{ number, gain: decision.gain, pairs: pairsWorth(gainsOfPairs(pairs, 'maximize'), noise.sigma) }]
  })
  const found = probabilitiesOfPairs(judged, noise)
  return new Map(judged.map(({ number }, i) => [number, found[i] ?? null]))
}

/** Discards with a metric, worst first. A discard for a limit has no decision; its gain is over its parent's metric. */
export function deadEnds({ metric, experiments }: Measured): Digest['deadEnds'] {
  const gains = gainsOf(experiments, metric.goal)
  const found = experiments.flatMap(e => {
    const delta = gains.get(e.number) ?? null
    if (e.status !== 'discard' || e.metric === null || delta === null) return []
    return [{ experiment: e.number, description: e.description, metric: e.metric, delta }]
  })
  return found.sort((a, b) => a.delta - b.delta || a.experiment - b.experiment)
}
