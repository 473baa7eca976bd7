/** A line of `pnpm bench judge`: what must hold, what was measured, and its standard error. */
import type { Random } from '../../scripts/stats/random.ts'

export interface Requirement {
  /** Which statement of the program it checks: "label", "σ", "confirm", … */
  topic: string
  /** What was simulated and counted: "likely and real, mar8-like, 30 experiments, 8 slots". */
  measured: string
  value: number
  /** One standard error of `value`; null where the value is exact. */
  error: number | null
  /** Number of cases that `value` was counted from. */
  cases: number
  /** How `value` is printed: as a percentage, or as a number of this many decimals with this unit. */
  unit: '%' | { decimals: number; name: string }
  /** The limit; null for a figure that is printed beside another and has none. */
  asked: { at: 'least' | 'most'; limit: number } | null
}

/**
 * One check per statement of the program, by topic.
 * @param scale 1 gives standard errors of at most a point; a check simulates in proportion to it
 */
export type Check = (scale: number, random: Random) => Requirement[]

/** A share of cases with its binomial standard error. */
export function shareOf(
  about: Pick<Requirement, 'topic' | 'measured' | 'asked'>,
  hits: number,
  cases: number,
): Requirement {
  const value = hits / cases
  // With all or none, the error of half a hit.
  const bounded = Math.min(Math.max(hits, 0.5), cases - 0.5) / cases
  return { ...about, value, error: Math.sqrt((bounded * (1 - bounded)) / cases), cases, unit: '%' }
}

/** Mean of values with its standard error. */
export function meanOf(
  about: Pick<Requirement, 'topic' | 'measured' | 'asked'>,
  values: number[],
  unit: Requirement['unit'] = { decimals: 2, name: 'σ' },
): Requirement {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const error = Math.sqrt(squares / Math.max(1, values.length - 1) / values.length)
  return { ...about, value: mean, error, cases: values.length, unit }
}

/** Median of values; its standard error from the values as many ranks away as the median's own rank varies. */
export function medianOf(
  about: Pick<Requirement, 'topic' | 'measured' | 'asked'>,
  values: number[],
  unit: Requirement['unit'] = { decimals: 2, name: 'σ' },
): Requirement {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (rank: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN
  const [middle, ranks] = [(sorted.length - 1) / 2, Math.sqrt(sorted.length) / 2]
  return {
    ...about,
    value: at(middle),
    error: (at(middle + ranks) - at(middle - ranks)) / 2,
    cases: values.length,
    unit,
  }
}

/** "holds", "fails", "within error" where two standard errors decide neither; empty without a limit. */
export function resultOf({ value, error, asked }: Requirement): 'holds' | 'fails' | 'within error' | '' {
  if (asked === null) return ''
  const excess = asked.at === 'least' ? value - asked.limit : asked.limit - value
  if (excess >= 0) return 'holds'
  return Math.abs(excess) <= 2 * (error ?? 0) ? 'within error' : 'fails'
}
