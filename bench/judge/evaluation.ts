/** Checks the noise of the finite validation set, estimated row by row, against a population of rows that is known. */
import { evaluationNoise, isWithin, type RowPair } from '../../scripts/analysis/confirm/evaluationNoise.ts'
import type { ScoredRow } from '../../scripts/record/files/rows.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { meanOf, type Requirement, shareOf } from './requirement.ts'

/** Standard deviation of a row's gain, nats per byte, and of the logarithm of a row's bytes. */
const [ROW_GAIN, ROW_BYTES] = [0.02, 0.15]
/** How much more long rows gain, nats per byte for each doubling of a row's share of the mean. */
const LONGER = 0.02
const ROWS = { cpu: 96, large: 2560 }

interface Drawn {
  pairs: RowPair[]
  /** The gain on these rows without noise of seeds, and that of the whole population, bits per byte. */
  onRows: number
  truth: number
}

/**
 * Draws rows from the population, and the runs of two models on them. Gains per row are skewed: most rows gain little, few
 * much.
 *
 * @param gain mean gain in nats per byte
 * @param seedNoise standard deviation of a row's loss between seeds, nats per byte; the whole run varies by a tenth of it
 */
export function drawRows(random: Random, rows: number, gain: number, pairs: number, seedNoise: number): Drawn {
  const mean = 1000 * Math.exp(ROW_BYTES ** 2 / 2)
  const drawn = Array.from({ length: rows }, () => {
    const bytes = Math.round(1000 * Math.exp(ROW_BYTES * random.normal()))
    const skewed = -Math.log(1 - random.uniform()) - 1
    return { bytes, gain: gain + ROW_GAIN * skewed + LONGER * (bytes / mean - 1) }
  })
  const run = (of: (row: (typeof drawn)[number]) => number): ScoredRow[] => {
    const shift = (seedNoise / 10) * random.normal()
    return drawn.map(row => [row.bytes * (of(row) + shift + seedNoise * random.normal()), row.bytes])
  }
  const total = drawn.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    pairs: Array.from({ length: pairs }, () => ({ baseline: run(() => 1), head: run(row => 1 - row.gain) })),
    onRows: drawn.reduce((sum, row) => sum + row.bytes * row.gain, 0) / total / Math.LN2,
    truth: (gain + LONGER * (Math.exp(ROW_BYTES ** 2) - 1)) / Math.LN2,
  }
}

/** At scale 1, 4,000 validation sets a line of 96 rows. */
export function checkEvaluation(scale: number, random: Random): Requirement[] {
  const cases = Math.max(20, Math.round(4000 * scale))
  const topic = 'evaluation'
  const covered = ([name, rows]: [string, number], cases: number) => {
    const hits = Array.from({ length: cases }, () => {
      const { pairs, onRows, truth } = drawRows(random, rows, 0, 1, 0)
      const noise = evaluationNoise(pairs)
      return noise !== null && isWithin(onRows - truth, noise)
    })
    const measured = `the gain on all text is within 2 standard errors, ${rows} rows (${name})`
    return shareOf({ topic, measured, asked: { at: 'least', limit: 0.94 } }, hits.filter(Boolean).length, cases)
  }
  const ratio = (pairs: number) => {
    const found = Array.from({ length: cases }, () => {
      const drawn = drawRows(random, ROWS.cpu, 0, pairs, ROW_GAIN)
      return { error: evaluationNoise(drawn.pairs)?.standardError ?? 0, missed: drawn.onRows - drawn.truth }
    })
    const variance = found.reduce((sum, { missed }) => sum + missed ** 2, 0) / cases
    return meanOf(
      { topic, measured: `its variance to the true one, ${pairs} pairs, seeds as noisy as rows`, asked: null },
      found.map(({ error }) => error ** 2 / variance),
      { decimals: 2, name: '' },
    )
  }
  return [
    covered(['cpu', ROWS.cpu], cases),
    covered(['large', ROWS.large], Math.max(20, Math.round(cases / 4))),
    ...[1, 2, 3].map(ratio),
  ]
}
