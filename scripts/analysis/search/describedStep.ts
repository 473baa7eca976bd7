/** Parses a step of a constant from a description, for rows without a diff: "matrix_lr 0.04->0.05 (hurts)". Pure. */

/** A step of one constant. */
export interface Moved {
  /** Its line with literals blanked, and the literal's position; null if known only from the description. */
  line: string | null
  /** "matrix lr" for both MATRIX_LR and "matrix LR": lower case. */
  name: string
  /** As written; null if the description does not say. */
  from: string | null
  to: string
  /** `other`: not numbers. */
  way: 'up' | 'down' | 'other'
}

const NUMBER = String.raw`[-−]?\d[\d_,]*(?:\.\d+)?(?:e[-+]?\d+)?(?:\s*(?:\^|\*\*)\s*\d+)?[kmb]?%?`
const STEP = new RegExp(
  String.raw`^(?:(?:increase|decrease|reduce|raise|lower|change|set|move|bump|halve|double|cut|drop)d?\s+)?(?:the\s+)?([a-z][\w .-]*?)[\s:]+(?:from\s+)?(${NUMBER})\s*(?:->|→|=>|to)\s*(${NUMBER})(?:\s+[a-z]+)?$`,
  'i',
)
const TARGET = new RegExp(
  String.raw`^(increase|raise|bump|double|decrease|reduce|lower|halve|cut)d?\s+(?:the\s+)?([a-z][\w .-]*?)(?:\s+to\s+(${NUMBER}))$`,
  'i',
)
const UPWARD = /^(?:increase|raise|bump|double)/i

/** Longer descriptions describe more than a step, and the patterns would backtrack. */
const MAX_CHARACTERS = 200

/** null if it does not describe exactly one step. */
export function describedMove(description: string): Moved | null {
  // Text after a dash, bracket or semicolon is a comment.
  if (description.length > MAX_CHARACTERS) return null
  const claim = (description.split(/\s[-–—]+\s|[;(]/)[0] ?? '').trim().replace(/[.,]$/, '')
  const [, name, from, to] = STEP.exec(claim) ?? []
  if (name !== undefined && from !== undefined && to !== undefined) {
    return { line: null, name: plainName(name), from, to, way: wayOf(quantity(from), quantity(to)) }
  }
  const [, verb = '', what, until] = TARGET.exec(claim) ?? []
  if (what === undefined || until === undefined) return null
  return { line: null, name: plainName(what), from: null, to: until, way: UPWARD.test(verb) ? 'up' : 'down' }
}

/** Direction from one number to another; `other` if either is null or NaN. */
export const wayOf = (from: number | null, to: number | null): Moved['way'] =>
  from === null || to === null ? 'other' : to > from ? 'up' : to < from ? 'down' : 'other'

/** "matrix lr" for MATRIX_LR, matrix-lr, "matrix LR". */
export const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_.-]+/g, ' ')
    .trim()

const UNITS: Record<string, number> = { k: 1e3, m: 1e6, b: 1e9 }

/** Parses 2^16, 2**16, 524K, 5%, 1e-3, 1_000. NaN if it is not a number. */
export function quantity(text: string): number {
  const plain = text
    .toLowerCase()
    .replace(/[\s_,]/g, '')
    .replace('−', '-')
    .replace(/%$/, '')
  const [base = '', exponent] = plain.split(/\^|\*\*/)
  const unit = UNITS[base.slice(-1)]
  const value = unit === undefined ? Number(base) : Number(base.slice(0, -1)) * unit
  return exponent === undefined ? value : value ** Number(exponent)
}
