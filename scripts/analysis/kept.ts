/** The kept changes with the evidence for each, and the discarded ones with their gains. */
import { gainsOfPairs, pairGroups, pairsIn } from '../record/pairs.ts'
import type { Experiment, Metric, Noise } from '../record/schema.ts'
import { headOf } from '../record/state.ts'
import { probabilitiesReal } from '../stats/chance.ts'
import type { Confirmed } from '../stats/confirm.ts'
import { isEnoughForPReal, type KnownNoise } from '../stats/noise.ts'
import { pairsWorth } from '../stats/paired.ts'
import { probabilitiesOfPairs } from '../stats/pairedChance.ts'
import { ablationsOf, confirmedBetween, lastAblation } from './confirm/confirmed.ts'
import { gainsOf, measuredGains } from './gains.ts'
import { labelNeeds, labelOf } from './labels.ts'
import { withConfirmRuns } from './noise/noise.ts'
import type { Digest, Kept } from './schema.ts'

interface Measured {
  metric: Metric
  /** In the order of their verdicts. */
  experiments: Experiment[]
  /** Without confirm's runs, as `noiseOf` gives it; P(real) and labels add them. */
  noise: Noise | null
  /** The final, which ablations are compared with; by default the head. */
  final?: Experiment | undefined
  /** An assumed σ where none was measured; used for P(real), never for an interval or the label "likely". */
  assumed?: KnownNoise | null
}

/** How the verdicts were reached. */
interface Judging {
  /** Whether the machine drifted; then no change is labelled likely. */
  drifted?: boolean
  /** Whether gains were measured in pairs, candidate and head side by side. */
  paired?: boolean
}

/** Kept changes, largest gain first. @param stack the confirmed gain of all of them together */
export function keptChanges(
  { metric, experiments, noise, final, assumed = null, drifted = false, paired = false }: Measured & Judging,
  stack: Confirmed | null,
): Kept[] {
  const pairs = paired ? pairGroups(experiments, metric.goal) : null
  const gains = gainsOf(experiments, metric.goal)
  const byNumber = new Map(experiments.map(e => [e.number, e]))
  const noiseOfAll = paired ? noise : withConfirmRuns(noise, experiments)
  const needs = labelNeeds(noiseOfAll, experiments)
  const pReals = paired
    ? pRealOfPairs(experiments, noise)
    : pRealByNumber(experiments, metric.goal, noiseOfAll ?? assumed)
  const keeps = experiments.flatMap(e => (e.number > 0 && e.status === 'keep' && e.metric !== null ? [e] : []))
  const total = keeps.reduce((sum, e) => sum + Math.max(0, gains.get(e.number) ?? 0), 0)
  const head = final ?? headOf({ experiments })
  // Where the head's variance was found to differ, the session's σ does not apply here either.
  const ablations = head ? ablationsOf(experiments, head, metric.goal, stack?.spread ? null : noise) : new Map()
  const kept = keeps.map((e): Kept => {
    const gain = gains.get(e.number) ?? 0
    const pReal = pReals.get(e.number) ?? null
    const parent = byNumber.get(e.parent?.number ?? -1)
    const rerun = confirmedBetween(parent, e, metric.goal, noise, pairs)
    const ablation = ablations.get(e.number) ?? null
    return {
      experiment: e.number,
      description: e.description,
      metric: e.metric as number,
      gain,
      share: gain > 0 ? gain / total : null,
      pReal,
      ...labelOf({
        gain,
        pReal,
        needs,
        drifted,
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

/** P(real) of a kept experiment; null for the baseline, and where σ is unknown or rests on a single pair of runs. */
export function pRealOf(
  experiments: Experiment[],
  { goal, paired }: { goal: Metric['goal']; paired: boolean },
  noise: Noise | null,
  number: number,
): number | null {
  const found = paired
    ? pRealOfPairs(experiments, noise)
    : pRealByNumber(experiments, goal, withConfirmRuns(noise, experiments))
  return found.get(number) ?? null
}

function pRealByNumber(
  experiments: Experiment[],
  goal: Metric['goal'],
  noise: KnownNoise | null,
): Map<number, number | null> {
  if (!isEnoughForPReal(noise)) return new Map()
  const judged = measuredGains(experiments, goal)
  const found = probabilitiesReal(judged, noise)
  return new Map(judged.map(({ number }, i) => [number, found[i] ?? null]))
}

/** The same for gains that were measured in pairs. A discard for a limit has no decision, and counts for nothing here. */
function pRealOfPairs(experiments: Experiment[], noise: Noise | null): Map<number, number | null> {
  if (!isEnoughForPReal(noise)) return new Map()
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
