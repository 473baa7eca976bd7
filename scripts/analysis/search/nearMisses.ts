/** Near misses: discards within the noise of a keep, and pairs of them to try together. Pure. */
import { z } from 'zod'
import type { Experiment, Metric } from '../../record/schema.ts'
import { gainsOf } from '../gains.ts'
import { touched } from '../source/edits.ts'
import { wordsOf } from './sameChange.ts'
import { changeOf } from './trials.ts'

const number = z.number().int().nonnegative()

export const nearSchema = z.object({
  /** Sorted by shortfall, smallest first. */
  misses: z.array(
    z.object({
      experiment: number,
      description: z.string(),
      /**
       * Gain over the head at that time, the mean of all tries; `shortfall` is the gain missing for a keep, 0 or more. In
       * the metric's unit.
       */
      gain: z.number(),
      shortfall: z.number(),
      /** Experiments that tried the same change; `experiment` is the last. */
      tries: z.number().int().positive().default(1),
    }),
  ),
  /**
   * Untested pairs that touch different lines, and no line of a change kept since; in the order of `misses`. `gain` is
   * the sum of both gains.
   */
  combinations: z.array(z.object({ experiments: z.tuple([number, number]), gain: z.number() })),
})
export type Near = z.infer<typeof nearSchema>

/** A session has time for a few pairs only. */
const MAX_COMBINATIONS = 5

/**
 * Finds near misses: discards that fell short of a keep by at most σ·√2, the standard deviation of the difference
 * between two runs of the same tree; of n pairs or tries, their mean by at most σ·√(2/n). Empty without σ.
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
  const misses = sameChanges(experiments, patches).flatMap(group => {
    const last = group.at(-1)
    // What was kept later is no miss, and a failure is not noise.
    if (!last || group.some(e => e.status !== 'discard' || isBeaten(e))) return []
    const found = group.map(e => gains.get(e.number) ?? null)
    // A gain discarded without a decision exceeded a limit, which noise does not explain.
    if (found.some((gain, i) => gain === null || (group[i]?.decision === null && gain > 0))) return []
    const gain = mean(found.map(gain => gain ?? 0))
    const shortfall = Math.max(0, (last.decision?.needed ?? 0) - gain)
    const runs = group.reduce((sum, e) => sum + (e.decision?.pairs?.count ?? 1), 0)
    const { number, description } = last
    return shortfall <= sigma * Math.sqrt(2 / runs)
      ? [{ experiment: number, description, gain, shortfall, tries: group.length }]
      : []
  })
  misses.sort((a, b) => a.shortfall - b.shortfall || b.gain - a.gain || a.experiment - b.experiment)
  return { misses, combinations: combinations(misses, experiments, patches) }
}

/** Whether another value of its sweep was better: that one may be the near miss. */
const isBeaten = ({ number, decision }: Experiment): boolean =>
  decision?.among !== undefined && decision.among.best !== number

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Groups experiments of the same changed lines; without a diff, of the same words. The baseline is in none. */
function sameChanges(experiments: Experiment[], patches: Map<number, string>): Experiment[][] {
  const key = ({ number, description }: Experiment) =>
    changeOf(patches.get(number) ?? '') ?? (wordsOf(description) || `alone ${number}`)
  return [
    ...Map.groupBy(
      experiments.filter(e => e.number > 0),
      key,
    ).values(),
  ]
}

/** Only this many near misses, the closest ones, are paired. */
const MAX_PAIRED = 40

/** Pairs changes that have a patch; without one, the lines that a change touches are unknown. */
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
