/** Knobs: constants of the editable files, each with an axis and a prior. Pure. */
import { type Constant, constantsIn } from '../../analysis/source/constants.ts'
import { isNearOne } from '../../analysis/source/steps.ts'

export interface Knob {
  file: string
  name: string
  /** The constant in the present file. */
  now: Constant
  /** Prior effect of a step relative to other knobs, at most 1. */
  weight: number
  /** Direction that more often helps: 1 up, −1 down, 0 unknown. */
  direction: number
}

/** A position on a knob's axis: for numbers in steps, mostly log2; for strings and switches the value. */
export type Position = number | string

/** Not varied: another seed or an easier evaluation is no real gain. */
const excludedNames = /(^|_)(SEED|EVAL)(_|$)/

/** The first constant of each name, in line order, without seeds and settings of the evaluation. */
export function knobsIn(texts: Map<string, string>): Knob[] {
  return [...texts].flatMap(([file, text]) => {
    const names = new Set<string>()
    return constantsIn(text).flatMap(now => {
      if (names.has(now.name) || excludedNames.test(now.name)) return []
      names.add(now.name)
      const [weight, direction] = priorOf(now.name)
      return [{ file, name: now.name, now, weight, direction }]
    })
  })
}

/** Neighbouring values of steps.ts are 1 apart. The scale, log2(x) or −log2(1 − x), follows the knob's present value. */
export function positionOf(knob: Knob, { raw, value }: Constant): Position {
  if (value === null) return raw.slice(1, -1)
  if (/^[tf]/i.test(raw)) return value
  if (isNearOne(knob.name, knob.now.value ?? 0) && value < 1) return -Math.log2(1 - value)
  // log2(0) is −∞: an integer 0 counts as one step below 1, a real 0 as 2^−7.
  if (value === 0) return /^0$/.test(raw) ? -1 : -7
  return Math.log2(Math.abs(value))
}

/** Distance of two positions: in steps, or in letters that differ. */
export function distance(a: Position, b: Position): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b)
  const [one, other] = [String(a), String(b)]
  let differ = 0
  for (let i = 0; i < Math.max(one.length, other.length); i++) if (one[i] !== other[i]) differ++
  return differ
}

/** Prior of a knob by its name, for training with a fixed time budget. */
function priorOf(name: string): [weight: number, lean: number] {
  if (/VOCAB|VERSION|DEVICE|LOG_/.test(name)) return [0.05, 0]
  if (/^(BASE_|MATRIX_|PEAK_|MAX_)?(LR|LEARNING_RATE)$/.test(name)) return [1, 1]
  if (/BATCH/.test(name)) return [0.95, -1]
  if (/(^|_)(LR|LEARNING_RATE)(_|$)/.test(name)) return [0.9, 1]
  if (/WARM_?DOWN|COOL_?DOWN|DECAY_FRAC/.test(name)) return [0.85, 1]
  if (/DEPTH|WIDTH|DIM|ASPECT|(^|_)RATE$/.test(name)) return [0.7, 0]
  return [0.5, 0]
}
