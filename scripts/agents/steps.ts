/** One step of a constant, by its kind, written as the old value was. */
import type { Constant } from '../record/constants.ts'

export type Direction = 'up' | 'down'

/** The constant's next value as source text; `size` 1 is a whole step, 0.5 half of one. null: there is none. */
export function step({ raw, value }: Constant, direction: Direction, size: number): string | null {
  const sign = direction === 'up' ? 1 : -1
  const power = /^(\d+)(\s*\*\*\s*)(\d+)$/.exec(raw)
  if (power) {
    const exponent = Number(power[3]) + sign
    return size === 1 && exponent >= 0 ? `${power[1]}${power[2]}${exponent}` : null
  }
  if (value === 0)
    return direction === 'up' && !isWhole(raw)
      ? write(0.1 * size * size, raw)
      : isWhole(raw) && size === 1 && sign > 0
        ? '1'
        : null
  if (isWhole(raw)) return whole(value, sign, size)
  // Fractions near one (0.9, 0.95, 0.999) live by their distance to one; everything else on a log scale.
  const factor = 2 ** (sign * size)
  const next = value >= 0.8 && value < 1 ? 1 - (1 - value) / factor : value * factor
  const text = write(next, raw)
  return Number(text) === value ? null : text
}

const isWhole = (raw: string): boolean => /^-?[\d_]+$/.test(raw)

function whole(value: number, sign: number, size: number): string | null {
  if (Math.abs(value) < 8 && !isPowerOfTwo(value)) return size === 1 ? String(value + sign) : null
  // Powers of two stay such: hardware and shapes want them.
  if (isPowerOfTwo(value)) {
    if (size !== 1) return null
    return value === 1 && sign < 0 ? null : String(sign > 0 ? value * 2 : value / 2)
  }
  return String(Math.round(value * 2 ** (sign * size)))
}

const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value))

/** Three digits, in the notation of the old value, always with a point or an exponent so that it stays a float. */
function write(value: number, like: string): string {
  const rounded = Number(value.toPrecision(3))
  if (/e/i.test(like)) return rounded.toExponential().replace('e+', 'e')
  const text = String(rounded)
  return /[.e]/.test(text) ? text : `${text}.0`
}
