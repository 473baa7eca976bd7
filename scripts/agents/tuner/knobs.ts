/** Knobs: constants of the editable files, each with an axis and a prior. Pure. */
import { type Constant, constantsIn, isNone } from '../../analysis/source/constants.ts'
import { isNearOne } from '../../analysis/source/steps.ts'

export interface Knob {
  file: string
  name: string
  /** The constant in the present file. */
  now: Constant
  /** The constant that None stands for, as the baseline's run printed it; null when it did not. */
  unset: Constant | null
  /** Prior effect of a step relative to other knobs, at most 1. */
  weight: number
  /** Direction that more often helps: 1 up, −1 down, 0 unknown. */
  direction: number
}

/** A position on a knob's axis: for numbers in steps, mostly log2; for strings and switches the value. */
export type Position = number | string

/** Not varied: another seed or an easier evaluation is no real gain. */
const excludedNames = /(^|_)(SEED|EVAL)(_|$)/

/** Whether another value of it is no real gain. */
export const isExcludedKnob = (name: string): boolean => excludedNames.test(name)

/**
 * The first constant of each name, in line order, without seeds and settings of the evaluation. A constant that is None
 * is left out unless the baseline's run printed `NAME = value`, because the search would not know where to start.
 * @param baselineLog run.log of the baseline
 */
export function knobsIn(texts: Map<string, string>, baselineLog = ''): Knob[] {
  const printed = printedIn(baselineLog)
  return [...texts].flatMap(([file, text]) => {
    const names = new Set<string>()
    return constantsIn(text).flatMap(now => {
      if (names.has(now.name) || excludedNames.test(now.name)) return []
      names.add(now.name)
      const found = printed.get(now.name)
      // The comment on the line says which values are allowed; only the file has it.
      const unset = found ? { ...found, note: now.note } : null
      if (isNone(now) && !unset) return []
      const [weight, direction] = priorOf(now.name)
      return [{ file, name: now.name, now, unset, weight, direction }]
    })
  })
}

/** The constant, or the one that it stands for when it is None. */
export const resolveNone = ({ unset }: Knob, constant: Constant): Constant =>
  isNone(constant) ? (unset ?? constant) : constant

/** The first `NAME = value` of each name in a log, e.g. "preset cpu: DEPTH = 2, LR_SCALE = 0.125". */
function printedIn(log: string): Map<string, Constant> {
  const texts = [...log.matchAll(/\b[A-Z][A-Z0-9_]* = [^,\n]+/g)].flatMap(([text]) => constantsIn(text))
  return new Map(
    texts
      .filter(constant => !isNone(constant))
      .reverse()
      .map(constant => [constant.name, constant]),
  )
}

/** Neighbouring values of steps.ts are 1 apart. The scale, log2(x) or −log2(1 − x), follows the knob's present value. */
export function positionOf(knob: Knob, constant: Constant): Position {
  const { raw, value } = resolveNone(knob, constant)
  if (value === null) return raw.slice(1, -1)
  if (/^[tf]/i.test(raw)) return value
  if (isNearOne(knob.name, resolveNone(knob, knob.now).value ?? 0) && value < 1) return -Math.log2(1 - value)
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
  if (/WINDOW|PATTERN/.test(name)) return [0.2, 0]
  if (/^(BASE_|PEAK_|MAX_)?(LR|LEARNING_RATE)(_SCALE)?$/.test(name)) return [1, 1]
  if (/^MATRIX_(LR|LEARNING_RATE)$/.test(name)) return [0.95, 1]
  if (/BATCH/.test(name)) return [0.95, -1]
  if (/^(FINAL|MIN|END)_/.test(name)) return [0.5, 0]
  if (/(^|_)(LR|LEARNING_RATE)(_|$)/.test(name)) return [0.9, 1]
  if (/WARM_?DOWN|COOL_?DOWN|DECAY_FRAC/.test(name)) return [0.85, 1]
  if (/DEPTH|WIDTH|DIM|ASPECT|(^|_)RATE$/.test(name)) return [0.7, 0]
  return [0.5, 0]
}
