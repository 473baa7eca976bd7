/** The kept changes with what speaks for each, and the discarded ones with how far off they were. */
import { change } from '../lib/format.ts'
import type { Experiment, Metric, Noise } from '../record/schema.ts'
import { chances } from '../stats/chance.ts'
import { confirmedBetween, lastAblation, worthOf } from './confirmed.ts'
import type { Confirmed, Digest, Kept } from './schema.ts'
import { wordOf } from './words.ts'

interface Night {
  metric: Metric
  /** In the order of their numbers. */
  experiments: Experiment[]
  noise: Noise | null
}

/** Kept changes, largest gain first. `stack` is what confirm found for all of them together. */
export function keptChanges({ metric, experiments, noise }: Night, stack: Confirmed | null): Kept[] {
  const chanceOf = chancesByNumber(experiments, noise)
  const keeps = experiments.flatMap(e => (e.number > 0 && e.status === 'keep' && e.metric !== null ? [e] : []))
  const total = keeps.reduce((sum, e) => sum + (e.decision?.gain ?? 0), 0)
  const tip = keeps.at(-1)
  const kept = keeps.map((e): Kept => {
    const gain = e.decision?.gain ?? 0
    const chance = chanceOf.get(e.number) ?? null
    const parent = experiments.find(other => other.number === e.parent?.number)
    const rerun = confirmedBetween(parent, e, metric.goal, noise)?.verdict ?? null
    // A tip that is spread out more than the night's trees is not measured by their σ here either.
    const without = tip ? worthOf(e, tip, metric.goal, stack?.spread ? null : noise) : null
    return {
      experiment: e.number,
      description: e.description,
      metric: e.metric as number,
      gain,
      share: total > 0 ? gain / total : null,
      chance,
      word: wordOf({ gain, chance, without: without?.verdict ?? null, rerun, stack: stack?.verdict ?? null }),
      without,
      stuck: (tip && lastAblation(e, tip)?.why) ?? null,
      linesAdded: e.linesAdded,
      linesRemoved: e.linesRemoved,
      memoryMb: e.memoryMb,
    }
  })
  return kept.sort((a, b) => b.gain - a.gain || a.experiment - b.experiment)
}

/** Chance that a kept experiment's gain is real; null for the baseline and where σ is not known. */
export const chanceOfKeep = (experiments: Experiment[], noise: Noise | null, number: number): number | null =>
  chancesByNumber(experiments, noise).get(number) ?? null

function chancesByNumber(experiments: Experiment[], noise: Noise | null): Map<number, number | null> {
  const judged = experiments.flatMap(({ number, status, decision, runs }) => {
    if (number === 0 || decision === null) return []
    const own = runs.filter(run => (run.purpose === 'candidate' || run.purpose === 'repeat') && run.metric !== null)
    return [{ number, gain: decision.gain, runs: Math.max(1, own.length), kept: status === 'keep' }]
  })
  const found = chances(judged, noise?.sigma ?? null)
  return new Map(judged.map(({ number }, i) => [number, found[i] ?? null]))
}

/** Discards with a metric, worst first; one over a limit has no decision and is compared with its parent's metric. */
export function deadEnds({ metric, experiments }: Night): Digest['deadEnds'] {
  const values = new Map(experiments.map(e => [e.number, e.metric]))
  const found = experiments.flatMap(e => {
    if (e.status !== 'discard' || e.metric === null) return []
    const against = e.decision?.best ?? values.get(e.parent?.number ?? 0) ?? null
    if (against === null) return []
    const delta = e.decision?.gain ?? change(e.metric - against, metric.goal)
    return [{ experiment: e.number, description: e.description, metric: e.metric, delta }]
  })
  return found.sort((a, b) => a.delta - b.delta || a.experiment - b.experiment)
}
