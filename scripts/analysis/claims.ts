/** Parses the numbers that a description states: "0.6 to 0.8", "524K → 262K", "dim ~512", "5:1". Pure. */

/** A number in prose, with the values it may mean: "524K" is 524,000 or 524 × 1024. */
export interface StatedNumber {
  text: string
  values: number[]
  /** Relative error that its digits allow; more after "~". */
  tolerance: number
}

const number = String.raw`~?-?\$?(?:(?<![\d.,_])\d[\d,_]{0,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e-?\d{1,3})?(?:\s?(?:%|[KMGB]\b|[kmgb]\b(?![a-z])))?`
const arrow = String.raw`\s*(?:to|→|->|=>|⇒)\s*`
const pair = new RegExp(`(${number})${arrow}(${number})(?![\\w.]*\\w)`, 'gi')

/** Finds each "A to B", with the words since the last number or comma. */
export function pairsIn(description: string): { from: StatedNumber; to: StatedNumber; words: string }[] {
  let last = 0
  return [...description.matchAll(pair)].map(match => {
    const before = description.slice(last, match.index)
    last = match.index + match[0].length
    return {
      from: parseStatedNumber(match[1] ?? ''),
      to: parseStatedNumber(match[2] ?? ''),
      words: before.split(/[,;]/).at(-1) ?? '',
    }
  })
}

const power = String.raw`\d{1,4}\s?(?:\*\*|\^)\s?\d{1,3}`
const single = String.raw`(?<![A-Za-z\d.,_])(?:${power}|${number})`
const stated = new RegExp(`(/)?(${single})(?:${arrow}(${single}))?(\\s?[x×](?![a-z])|\\s?/)?`, 'gi')

/**
 * Finds every number outside of words, of "A to B" the B, with the words since the last number or comma. `isFactor`: it
 * multiplies something, or is part of a fraction: "0.5x", "1/8".
 */
export function statedNumbersIn(text: string): { number: StatedNumber; words: string; isFactor: boolean }[] {
  let last = 0
  return [...text.matchAll(stated)].map(match => {
    const [all, over, first = '', second, factor] = match
    const before = text.slice(last, match.index)
    last = match.index + all.length
    return {
      number: parseStatedNumber((second ?? first).replace(/\s?\^\s?/, '**')),
      words: before.split(/[,;()]/).at(-1) ?? '',
      isFactor: over !== undefined || factor !== undefined,
    }
  })
}

/** @param text begins with a number */
export function parseStatedNumber(text: string): StatedNumber {
  const [, base, exponent] = /^~?(\d+)\*\*(\d+)/.exec(text) ?? []
  if (base !== undefined) return { text: text.trim(), values: [Number(base) ** Number(exponent)], tolerance: 0 }
  const plain = text.replace(/[~$,_\s]/g, '')
  const [, digits = '', unit = ''] = /^(-?[\d.]+(?:e-?\d+)?)([%KMGB]?)$/i.exec(plain) ?? []
  const value = Number(digits)
  const scales = { '': [1], '%': [0.01, 1], K: [1e3, 1024], M: [1e6, 2 ** 20, 1], G: [1e9, 2 ** 30, 1], B: [1e9, 1] }
  const factors = scales[unit.toUpperCase() as keyof typeof scales] ?? [1]
  const about = text.includes('~')
  const rounded = unit === '' || unit === '%' ? decimals(digits) : half(digits)
  return { text: text.trim(), values: factors.map(f => value * f), tolerance: Math.max(rounded, about ? 0.1 : 0) }
}

/** Whether a value is one that the stated number may mean. */
export const isConsistent = ({ values, tolerance }: StatedNumber, value: number): boolean =>
  values.some(said => Math.abs(said - value) <= tolerance * Math.abs(said) + 1e-12)

/** Relative rounding error: half a unit of the last digit of a decimal fraction, 0 for a whole number. */
const decimals = (digits: string): number => (/[.]/.test(digits) ? half(digits) : 0)

function half(digits: string): number {
  const [mantissa = ''] = digits.split(/e/i)
  const places = mantissa.split('.')[1]?.length ?? 0
  const value = Math.abs(Number(mantissa))
  return value === 0 ? 0 : (0.5 * 10 ** -places) / value
}
