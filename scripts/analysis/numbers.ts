/** Formats numbers and counts for the report. */
import {
  change,
  decimals,
  decimalsApart,
  dollarText,
  metricTexts,
  minus,
  percent,
  powerOf,
  rounded,
  signed,
} from '../lib/format.ts'
import type { Experiment, Metric } from '../record/schema.ts'
import type { Confirmed } from '../stats/confirm.ts'

/** Decimals of a difference in tables, for a metric of about this value: 5 below 10, more below 0.1, fewer above. */
export function deltaDigits(about: number): number {
  const size = Math.abs(about)
  const small = size > 0 && size < 0.1 ? Math.floor(-Math.log10(size)) : 0
  return Math.max(0, Math.min(6, decimals(about)) - 1 + small)
}

/** A gain in the metric's own sign as in a table: −0.01186. */
export const delta = (gain: number, { goal }: Metric, about: number): string =>
  signed(change(gain, goal), deltaDigits(about))

/** The same with one decimal less, for prose: −0.0119. */
export const briefDelta = (gain: number, { goal }: Metric, about: number): string =>
  signed(change(gain, goal), Math.max(0, deltaDigits(about) - 1))

/** A metric in prose: 0.9979. @param beside values that it is compared with, told apart from it */
export const briefMetric = (value: number, beside: readonly number[] = []): string =>
  rounded(value, decimalsApart([value, ...beside], Math.max(0, deltaDigits(value) - 1)))

/** Two values in prose, told apart: "0.9979 → 0.9697". */
export const fromTo = (from: number, to: number): string => `${briefMetric(from, [to])} → ${briefMetric(to, [from])}`

/** Writes the values of a session's tables: baseline and kept changes are told apart. */
export const ledgerText = (experiments: readonly Pick<Experiment, 'number' | 'status' | 'metric'>[]) =>
  metricTexts(
    experiments.flatMap(e => (e.metric !== null && (e.number === 0 || e.status === 'keep') ? [e.metric] : [])),
  )

/** A confirmed gain with half its 95% interval, which shows at least two digits: "−0.1234 ± 0.0100". */
export function plusMinus(
  { gain, interval: [low, high], baseline }: Pick<Confirmed, 'gain' | 'interval' | 'baseline'>,
  { goal }: Pick<Metric, 'goal'>,
): string {
  const half = (high - low) / 2
  // Without an interval, as where σ is 0, two digits of the gain.
  const smallest = half > 0 ? half : Math.abs(gain)
  const digits = Math.max(0, deltaDigits(baseline) - 1, smallest > 0 ? 1 - powerOf(Number(smallest.toPrecision(2))) : 0)
  const isZero = Number(gain.toFixed(Math.min(100, digits))) === 0
  const text = isZero ? rounded(0, digits) : signed(change(gain, goal), digits)
  return `${text} ± ${rounded(half, digits)}`
}

/** A size with half its 95% interval, to two digits of that: "0.0021 ± 0.0034". */
export function sizePlusMinus(value: number, [low, high]: [number, number]): string {
  const half = (high - low) / 2
  if (half === 0) return `${twoDigits(Math.abs(value))} ± 0`
  const digits = Math.max(0, 1 - powerOf(half))
  return `${rounded(Math.abs(value), digits)} ± ${rounded(half, digits)}`
}

/** A number to two significant digits, trailing zeros included: 0.0030, 1.2, 340. */
export function twoDigits(value: number): string {
  if (value === 0) return '0'
  const short = Number(value.toPrecision(2))
  return rounded(short, Math.max(0, 1 - powerOf(Math.abs(short))))
}

/** An unsigned size in prose, with at least two significant digits: 0.0119. */
export function size(value: number, about: number): string {
  const small = value === 0 ? 0 : 1 - powerOf(Math.abs(value))
  return rounded(Math.abs(value), Math.max(0, deltaDigits(about) - 1, small))
}

const numberWords = 'no one two three four five six seven eight nine ten eleven twelve'.split(' ')

/** 3 → "three", 22 → "22". */
export const countWord = (n: number): string => numberWords[n] ?? String(n)

/** Sum of the known values; null without any. */
export function total(values: (number | null)[]): number | null {
  const known = values.filter(value => value !== null)
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null
}

/** What an agent used: "1,234 tokens", "$1.20"; what is not known is left out. */
export const usedTexts = ({ tokens, costUsd }: { tokens: number | null; costUsd: number | null }): string[] => [
  ...(tokens === null ? [] : [`${tokens.toLocaleString('en-US')} tokens`]),
  ...(costUsd === null ? [] : [dollarText(costUsd)]),
]

/** "a", "a and b", "a, b and c". */
export const list = (parts: string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`

/** A share of the gains: "86%". Rounded first, so that floating-point error does not show. */
export const shareText = (share: number): string => minus(percent(Number(share.toFixed(9))))
