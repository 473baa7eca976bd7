/** Values that a constant may take next, by its kind, in the notation of the old value. */
import { type Constant, isNone } from './constants.ts'

export type Direction = 'up' | 'down'

/**
 * All candidate values, as source text. Numbers move half a step, one step or two steps up or down; booleans and words
 * take the other members of a small set. Empty for None.
 */
export function options(constant: Constant): string[] {
  const { name, raw, value } = constant
  if (isNone(constant)) return []
  if (/^[tf]/i.test(raw)) return [toggle(raw)]
  if (value === null) return words(constant)
  const steps = [1, 0.5, 2].flatMap(size => [step(constant, 'up', size), step(constant, 'down', size)])
  // Layer counts may be any integer; other powers of two stay powers of two.
  const one = /DEPTH|LAYER/.test(name) && isWhole(raw) ? [value + 1, value - 1].filter(n => n >= 1).map(String) : []
  const none = /WARM|DECAY|DROP|FINAL/.test(name) && value > 0 && !isWhole(raw) ? ['0.0'] : []
  return [...new Set([...steps.filter(raw => raw !== null), ...one, ...none])].filter(other => other !== raw)
}

/** The constant's next value as source text; null if there is none. @param size in steps, e.g. 0.5, 1 or 2 */
export function step({ name, raw, value }: Constant, direction: Direction, size: number): string | null {
  const sign = direction === 'up' ? 1 : -1
  const power = /^(\d+)(\s*\*\*\s*)(\d+)$/.exec(raw)
  if (power) {
    const exponent = Number(power[3]) + sign * size
    return Number.isInteger(size) && exponent >= 0 ? `${power[1]}${power[2]}${exponent}` : null
  }
  if (value === null) return null
  if (value === 0) return fromZero(raw, sign, size)
  if (isWhole(raw)) return whole(value, sign, size)
  const factor = 2 ** (sign * size)
  const next = isNearOne(name, value) ? 1 - (1 - value) / factor : value * factor
  const text = write(next, raw)
  return Number(text) === value ? null : text
}

/** Whether a value (0.9, 0.95, 0.999) is stepped by its distance to one instead of on a log scale. */
export const isNearOne = (name: string, value: number): boolean =>
  value >= 0.8 && value < 1 && !/(^|_)(LR|RATE|SCALE|RATIO)(_|$)/.test(name)

const isWhole = (raw: string): boolean => /^-?[\d_]+$/.test(raw)

function fromZero(raw: string, sign: number, size: number): string | null {
  if (sign < 0) return null
  if (!isWhole(raw)) return write(0.1 * size * size, raw)
  return Number.isInteger(size) ? String(size) : null
}

function whole(value: number, sign: number, size: number): string | null {
  if (Math.abs(value) < 8 && !isPowerOfTwo(value)) return Number.isInteger(size) ? String(value + sign * size) : null
  // Powers of two stay powers of two, for hardware and tensor shapes.
  if (!isPowerOfTwo(value)) return String(Math.round(value * 2 ** (sign * size)))
  const next = value * 2 ** (sign * size)
  return Number.isInteger(next) ? String(next) : null
}

const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value))

/** Three significant digits in the notation of the old value, with a point or an exponent, so that it stays a float. */
function write(value: number, like: string): string {
  const rounded = Number(value.toPrecision(3))
  if (/e/i.test(like)) return rounded.toExponential().replace('e+', 'e')
  const text = String(rounded)
  return /[.e]/.test(text) ? text : `${text}.0`
}

const toggle = (raw: string): string => ({ True: 'False', False: 'True', true: 'false', false: 'true' })[raw] ?? raw

/** Alternatives to a quoted word: those that the line's comment quotes, or the neighbours of a pattern such as SSSL. */
function words({ name, raw, note }: Constant): string[] {
  const quote = raw[0] ?? "'"
  const word = raw.slice(1, -1)
  const named = [...note.matchAll(/(['"`])([\w.+-]{1,24})\1/g)].map(match => match[2] ?? '')
  const others = named.length > 0 ? named : neighbours(word, /PATTERN|WINDOW/.test(name))
  return [...new Set(others)].filter(other => other !== word).map(other => quote + other + quote)
}

/**
 * A pattern with one letter replaced, removed or doubled, and each letter alone. Empty if the word is not a pattern.
 */
function neighbours(word: string, isPattern: boolean): string[] {
  const letters = [...new Set(word)]
  if (!/^([A-Z]{1,12}|[a-z]{1,12})$/.test(word) || (!isPattern && letters.length === word.length)) return []
  if (letters.length > 3) return []
  const at = [...word].map((_, i) => [word.slice(0, i), word[i] ?? '', word.slice(i + 1)] as const)
  return [
    ...at.flatMap(([before, old, after]) => letters.filter(l => l !== old).map(l => before + l + after)),
    ...at.map(([before, , after]) => before + after).filter(other => other !== ''),
    ...at.map(([before, old, after]) => before + old + old + after),
    ...letters,
  ]
}
