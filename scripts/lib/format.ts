/** Formats numbers for the terminal, the report and the pages. */

/** Number of decimals of a metric: 6 for values below 10 (0.997900), fewer above (343.8800). */
export function decimals(value: number): number {
  const magnitude = Math.abs(value) < 10 ? 0 : Math.floor(Math.log10(Math.abs(value)))
  return Math.max(0, 6 - magnitude)
}

/** A metric, e.g. "0.997900". */
export const metricText = (value: number): string => minus(value.toFixed(decimals(value)))

/** A difference with its sign, e.g. "−0.01186"; uses more decimals where it would round to 0. */
export function signed(value: number, digits = 5): string {
  if (value === 0) return `±${(0).toFixed(digits)}`
  let places = digits
  while (places < 12 && Number(value.toFixed(places)) === 0) places++
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(places)}`
}

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
