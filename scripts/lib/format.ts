/** Formats numbers for the terminal, the report and the pages. */

/** Binary fractions that agree to this many digits are equal: their sums and means differ in the last ones. */
const exactDigits = 15

/**
 * Number of decimals of a metric that is shown alone: six for values below 10 (0.997900), fewer above (343.8800), more
 * below 0.001, so that four digits show.
 */
export function decimals(value: number): number {
  const size = Math.abs(value)
  if (size >= 10) return Math.max(0, 6 - powerOf(size))
  return size > 0 && size < 0.001 ? 3 - powerOf(size) : 6
}

/**
 * A value of a metric, e.g. "0.997900", "4.1e-8": with as many digits as tell it and the values `beside` it apart, and at
 * least those that it has alone. This is the one rule for values that people read; `exactText` is the one for files.
 * @param beside values that it is compared with, e.g. the head's, or all of a column
 */
export const metricText = (value: number, beside: readonly number[] = []): string => metricTexts([])(value, beside)

/** The same for a table: the values of `column` are told apart throughout, those `beside` in one row. */
export function metricTexts(column: readonly number[]): (value: number, beside?: readonly number[]) => string {
  const apart = decimalsApart(column, fewDecimals(column))
  return (value, beside = []) => {
    const compared = [value, ...beside]
    const places = decimalsApart(compared, Math.max(apart, decimals(value), fewDecimals(compared)))
    // More than the exact digits tell nothing apart: 3.2 in a column of 1e-30.
    return rounded(value, Math.min(places, exactDigits - 1 - powerOf(Math.abs(value))))
  }
}

/** The first two decimals, where a value has any: 123456789.12 shows them, though seven digits are enough alone. */
const fewDecimals = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.min(2, decimalsOf(value))), 0)

/** Decimals at which the distance of any two values that differ shows, at least `least`. */
export function decimalsApart(values: readonly number[], least: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.reduce((places, value, i) => {
    const before = sorted[i - 1] ?? value
    if (value.toPrecision(exactDigits) === before.toPrecision(exactDigits)) return places
    // Rounded first: 0.3 − 0.2 is a little less than 0.1. NaN where the two are infinitely far apart.
    const power = Number((value - before).toExponential(2).split('e')[1])
    return Math.min(100, Math.max(places, -power || 0))
  }, least)
}

/**
 * A value for a file that is read again: with all its digits, and six decimals at least, as karpathy/autoresearch writes
 * them. "0.997900", "4.1e-8", "123456789.120000".
 */
export function exactText(value: number): string {
  const exact = Number(value.toPrecision(exactDigits))
  const fixed = plainExponent(exact.toFixed(6))
  return Number(fixed) === exact ? fixed : plainExponent(String(exact))
}

/** Decimals of a number's shortest text: 0.25 has 2, 4.1e-8 has 9, 3 has none. */
export function decimalsOf(value: number): number {
  const [digits = '', power = '0'] = String(Number(value.toPrecision(exactDigits))).split('e')
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(power))
}

/** A value rounded to a number of decimals; below 0.00001 as "4.1e-8", rounded at the same decimal. */
export function rounded(value: number, places: number): string {
  if (!Number.isFinite(value)) return minus(String(value))
  const within = Math.min(100, Math.max(0, places))
  const size = Math.abs(value)
  const isZero = Number(value.toFixed(within)) === 0
  if (isZero) return (0).toFixed(Math.min(6, within))
  if (size >= 1e-5) return minus(plainExponent(value.toFixed(within)))
  const [digits = '', power = ''] = value.toExponential(Math.max(0, within + powerOf(size))).split('e')
  return minus(`${digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits}e${power}`)
}

/** A difference with its sign, e.g. "−0.01186"; where it would round to 0, its first two digits. */
export function signed(value: number, digits = 5): string {
  if (value === 0) return `±${(0).toFixed(Math.min(6, digits))}`
  const isLost = Number(value.toFixed(Math.min(100, digits))) === 0
  const shown = isLost ? Number(value.toPrecision(2)) : value
  return `${value < 0 ? '−' : '+'}${rounded(Math.abs(shown), isLost ? decimalsOf(shown) : digits)}`
}

/** Exponent of the first digit: 2 for 343, −8 for 4.1e-8. */
export const powerOf = (size: number): number => Number(size.toExponential().split('e')[1])

/** "1e+21" → "1e21" */
const plainExponent = (text: string): string => text.replace('e+', 'e')

/** Replaces a leading hyphen by the minus sign U+2212. */
export const minus = (text: string): string => text.replace(/^-/, '−')

/** Seconds as "0.4 s", "8 s", "4 min 05 s", "7 h 02 min". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`
}

/** Seconds of an estimate: "40 s", "31 min", "3.5 h". */
export function roughDuration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  return seconds < 90 * 60 ? `${Math.round(seconds / 60)} min` : `${Number((seconds / 3600).toFixed(1))} h`
}

/** A probability as "97%"; "100%" and "0%" only for exactly 1 and 0. */
export function percent(share: number): string {
  if (share > 0.995 && share < 1) return '>99%'
  if (share < 0.005 && share > 0) return '<1%'
  return `${Math.round(share * 100)}%`
}

/** Turns a gain into the change of the metric: a gain of 0.01 is −0.01 when the metric is minimized. */
export const change = (gain: number, goal: 'minimize' | 'maximize'): number => (goal === 'minimize' ? -gain : gain)

/** "1.0 MB" */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** 42 → "0042", as in `runs/0042/` and `refs/autoresearch/<tag>/0042`. */
export const experimentName = (number: number): string => String(number).padStart(4, '0')

/** US dollars, "$1.20"; "<$0.01" for what is less than half a cent, which "$0.00" would call nothing. */
export const dollarText = (usd: number): string => (usd > 0 && usd < 0.005 ? '<$0.01' : `$${usd.toFixed(2)}`)
