/** Discards that luck alone may have discarded, and which of them could be tried together. Pure. */
import { z } from 'zod'
import type { Experiment, Metric } from '../../record/schema.ts'
import { gainsOf } from '../gains.ts'
import { touched } from '../source/edits.ts'

const number = z.number().int().nonnegative()

export const nearSchema = z.object({
  /** Closest to being kept first. */
  misses: z.array(
    z.object({
      experiment: number,
      description: z.string(),
      /** Gain over the head at that time; shortfall is the gain missing for a keep, 0 or more. */
      gain: z.number(),
      shortfall: z.number(),
    }),
  ),
  /** Pairs of them that nobody tried together and that share no line, nor one with what was kept since; best first. */
  combinations: z.array(z.object({ experiments: z.tuple([number, number]), gain: z.number() })),
})
export type Near = z.infer<typeof nearSchema>

/** Pairs that are worth naming: a session has time for a few. */
const MAX_COMBINATIONS = 5

/**
 * A near miss is a discard that fell short by no more than σ·√2, one standard deviation of what two runs of a same tree
 * differ by. Without σ nobody can tell, and there is none.
 *
 * @param experiments in the order of their verdicts
 */
export function findNearMisses(
  experiments: Experiment[],
  patches: Map<number, string>,
  goal: Metric['goal'],
  sigma: number | null,
): Near {
  if (sigma === null) return { misses: [], combinations: [] }
  const gains = gainsOf(experiments, goal)
  const misses = experiments.flatMap(e => {
    const gain = gains.get(e.number) ?? null
    // What gained and was discarded without a decision was over a limit: that is no matter of noise.
    if (e.status !== 'discard' || gain === null || (e.decision === null && gain > 0)) return []
    const shortfall = Math.max(0, (e.decision?.needed ?? 0) - gain)
    return shortfall <= Math.SQRT2 * sigma
      ? [{ experiment: e.number, description: e.description, gain, shortfall }]
      : []
  })
  misses.sort((a, b) => a.shortfall - b.shortfall || b.gain - a.gain || a.experiment - b.experiment)
  return { misses, combinations: combinations(misses, experiments, patches) }
}

/** The closest so many are paired: what fell short by more is less likely to help. */
const MAX_PAIRED = 40

/** Only changes with a patch: of the others nobody knows what they touch. */
function combinations(
  misses: Near['misses'],
  experiments: Experiment[],
  patches: Map<number, string>,
): Near['combinations'] {
  const lines = experiments.map(e => ({ ...e, lines: touched(patches.get(e.number) ?? '') }))
  const place = new Map(experiments.map((e, i) => [e.number, i]))
  const open = misses.slice(0, MAX_PAIRED).flatMap(miss => {
    const at = place.get(miss.experiment) ?? 0
    const own = lines[at]?.lines ?? new Set<string>()
    const since = lines.slice(at + 1).filter(e => e.status === 'keep')
    return own.size > 0 && since.every(kept => apart(own, kept.lines)) ? [{ ...miss, own }] : []
  })
  const pairs: Near['combinations'] = []
  for (const [i, a] of open.entries())
    for (const b of open.slice(i + 1)) {
      if (!apart(a.own, b.own) || lines.some(e => !apart(e.lines, a.own) && !apart(e.lines, b.own))) continue
      pairs.push({ experiments: [a.experiment, b.experiment], gain: a.gain + b.gain })
      if (pairs.length >= MAX_COMBINATIONS) return pairs
    }
  return pairs
}

const apart = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].every(line => !b.has(line))
