/**
 * The noise of a finite validation set: how much a gain in bits per byte would differ on other rows of the same kind. More
 * seeds do not reduce it. Pure.
 */
import { z } from 'zod'
import type { ScoredRow } from '../../record/files/rows.ts'
import type { Experiment } from '../../record/schema.ts'
import { runKey } from '../../record/state.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { twoDigits } from '../numbers.ts'
import { confirmRunsOf } from './confirmed.ts'

export const evaluationNoiseSchema = z.object({
  /** Standard error of the gain that comes from the choice of the rows, in bits per byte. */
  standardError: z.number().nonnegative(),
  /** Rows of the validation set. */
  rows: z.number().int().positive(),
})
export type EvaluationNoise = z.infer<typeof evaluationNoiseSchema>

/** The rows of two models trained with one seed. */
export interface RowPair {
  baseline: ScoredRow[]
  head: ScoredRow[]
}

/** Confirm runs of one seed whose rows are known; a run whose rows do not give its metric in bits per byte is left out. */
export function rowPairs(baseline: Experiment, head: Experiment, rows: Map<string, ScoredRow[]>): RowPair[] {
  const known = (experiment: Experiment) =>
    confirmRunsOf(experiment).flatMap(({ k, seed, metric }) => {
      const found = rows.get(runKey(experiment.number, k))
      return found && metric !== null && Math.abs(bitsPerByte(found) - metric) < 1e-3 * Math.abs(metric)
        ? [{ seed, rows: found }]
        : []
    })
  const heads = known(head)
  return known(baseline).flatMap(({ seed, rows }) => {
    const other = heads.find(run => run.seed === seed)
    return other && sameBytes(rows, other.rows) ? [{ baseline: rows, head: other.rows }] : []
  })
}

/**
 * Estimates the standard error, row by row. The gain is a ratio, sum of nats over sum of bytes, so its error is that of the
 * linearised residuals: a row's difference less the mean difference by its bytes (Cochran 1977, Sampling Techniques, ch. 6;
 * a row is a cluster of tokens). Residuals hold the noise of seeds too; two or more pairs show how much, and it is
 * subtracted. From one pair the error is too large by it. null with fewer than 10 rows.
 */
export function evaluationNoise(pairs: RowPair[]): EvaluationNoise | null {
  const [first] = pairs
  if (!first || first.head.length < 10 || pairs.some(pair => !sameBytes(pair.head, first.head))) return null
  const bytes = first.head.map(([, length]) => length)
  const total = sum(bytes)
  if (total === 0) return null
  const count = pairs.length
  const differences = pairs.map(pair => bytes.map((_, i) => (pair.baseline[i]?.[0] ?? 0) - (pair.head[i]?.[0] ?? 0)))
  const means = bytes.map((_, i) => sum(differences.map(of => of[i] ?? 0)) / count)
  const squares = sum(residuals(means, bytes).map(value => value ** 2))
  const ofSeeds =
    count < 2
      ? 0
      : sum(
          differences.flatMap(of =>
            residuals(
              of.map((value, i) => value - (means[i] ?? 0)),
              bytes,
            ).map(value => value ** 2),
          ),
        ) /
        (count - 1) /
        count
  const rows = bytes.length
  const variance = (Math.max(0, squares - ofSeeds) * rows) / (rows - 1) / total ** 2
  return { standardError: Math.sqrt(variance) / Math.LN2, rows }
}

/** Whether a gain is smaller than two standard errors, so that the rows cannot tell it from none. */
export const isWithin = (gain: number, { standardError }: EvaluationNoise): boolean =>
  Math.abs(gain) < 2 * standardError

/**
 * What the finite validation set says about the confirmed gain; empty where it is not known.
 * @param isBrief only where the gain is within the noise
 */
export function evaluationSentence(
  { evaluationNoise: noise, confirmed }: { evaluationNoise: EvaluationNoise | null; confirmed: Confirmed | null },
  isBrief: boolean,
): string {
  if (noise === null || confirmed === null) return ''
  const error = `±${twoDigits(2 * noise.standardError)} (two standard errors over ${noise.rows} rows, paired)`
  if (isWithin(confirmed.gain, noise))
    return `The difference is smaller than what this finite validation set can tell, ${error}: on other text of the same kind it may have the other sign.`
  return isBrief
    ? ''
    : `The choice of the validation set's rows moves the difference by ${error}; re-runs do not cover that.`
}

/** Sum of nats over sum of bytes, in bits per byte. */
const bitsPerByte = (rows: ScoredRow[]): number =>
  sum(rows.map(([nats]) => nats)) / Math.LN2 / sum(rows.map(([, n]) => n))

/** Values less their mean by bytes, times each row's bytes. */
function residuals(values: number[], bytes: number[]): number[] {
  const ratio = sum(values) / sum(bytes)
  return values.map((value, i) => value - ratio * (bytes[i] ?? 0))
}

const sameBytes = (a: ScoredRow[], b: ScoredRow[]): boolean =>
  a.length === b.length && a.every(([, length], i) => length === b[i]?.[1])

const sum = (values: number[]): number => values.reduce((all, value) => all + value, 0)
