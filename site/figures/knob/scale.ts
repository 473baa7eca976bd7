/** The x scale of the response curve. */
import { size } from '../svg.ts'
import { textWidth } from '../text.ts'
import type { Response } from './responseData.ts'

/** Logarithmic where all values are positive and span more than a factor of three. */
export function valueScale(values: number[]): { log: boolean; domain: [number, number] } {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const log = low > 0 && high / low > 3
  if (log) {
    const room = (high / low) ** 0.06
    return { log, domain: [low / room, high * room] }
  }
  const room = (high - low || Math.abs(high) || 1) * 0.06
  return { log, domain: [low - room, high + room] }
}

/** Values whose labels do not overlap. */
export function labelledValues(
  line: Response['line'],
  x: { log: boolean; domain: [number, number] },
  width: number,
): number[] {
  const scale = (v: number) => (x.log ? Math.log(v) : v)
  const [a, b] = x.domain.map(scale) as [number, number]
  let end = Number.NEGATIVE_INFINITY
  return line
    .filter(({ raw, value }) => {
      const half = (textWidth(raw, size) * 1.16) / 2 + 5
      const at = ((scale(value) - a) / (b - a)) * width
      if (at - half < end) return false
      end = at + half
      return true
    })
    .map(p => p.value)
}
