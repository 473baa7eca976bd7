/** Numbers as people read them, alike on the terminal, in the report and on the pages. */

/** Decimals that keep a metric's information: 6 for values below 10 (0.997900), fewer above (343.8800). */
export function decimals(value: number): number {
  const magnitude = Math.abs(value) < 10 ? 0 : Math.floor(Math.log10(Math.abs(value)))
  return Math.max(0, 6 - magnitude)
}

/** A metric as in a table: 0.997900. */
export const metricText = (value: number): string => minus(value.toFixed(decimals(value)))

/** A difference with its sign, always: −0.01186, +0.00031; more decimals rather than a rounded-off −0.00000. */
export function signed(value: number, digits = 5): string {
  if (value === 0) return `±${(0).toFixed(digits)}`
  let places = digits
  while (places < 12 && Number(value.toFixed(places)) === 0) places++
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(places)}`
}

/** True minus sign instead of the hyphen. */
export const minus = (text: string): string => text.replace(/^-/, '−')

/** Seconds as "0.4 s", "8 s", "4 min 05 s", "7 h 02 min". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`
}

/** A probability as "97%", never "100%" or "0%" for what is not certain. */
export function percent(share: number): string {
  if (share > 0.995 && share < 1) return '>99%'
  if (share < 0.005 && share > 0) return '<1%'
  return `${Math.round(share * 100)}%`
}

/** Changes of the metric are shown in the metric's own sign: a gain of 0.01 to minimise is −0.01. */
export const change = (gain: number, goal: 'minimize' | 'maximize'): number => (goal === 'minimize' ? -gain : gain)

/** "1.0 MB" */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
