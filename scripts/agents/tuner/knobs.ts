/** Constants as the tuner sees them: places on an axis, with what is believed of them before anything was tried. */
import { type Constant, constantsIn, isNone } from '../../analysis/source/constants.ts'
import { isNearOne } from '../../analysis/source/steps.ts'

export interface Knob {
  file: string
  name: string
  /** In the file as it is now. */
  now: Constant
  /** What None stands for: the constant as the baseline's run printed it. null: it printed none of that name. */
  unset: Constant | null
  /** How much a step of it is believed to change, 1 at most. */
  weight: number
  /** The way that more often helps: 1 up, −1 down, 0 nobody knows. */
  lean: number
}

/** A place on a knob's axis: steps of a number, on the scale that suits it; a word is a place of its own. */
export type Place = number | string

/** A lucky seed, or an easier evaluation, is no gain. */
const luck = /(^|_)(SEED|EVAL)(_|$)/

/**
 * The first constant of each name, in the order of the lines. Left out are those that would only change the luck, and
 * those that are None where the baseline's run did not print `NAME = value`: where to start from is not known.
 */
export function knobsIn(texts: Map<string, string>, baselineLog = ''): Knob[] {
  const printed = printedIn(baselineLog)
  return [...texts].flatMap(([file, text]) => {
    const names = new Set<string>()
    return constantsIn(text).flatMap(now => {
      if (names.has(now.name) || luck.test(now.name)) return []
      names.add(now.name)
      const found = printed.get(now.name)
      // What the line says in its comment is the file's.
      const unset = found ? { ...found, note: now.note } : null
      if (isNone(now) && !unset) return []
      const [weight, lean] = believed(now.name)
      return [{ file, name: now.name, now, unset, weight, lean }]
    })
  })
}

/** The constant, or what it stands for when it is None. */
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

/** Whole steps are 1 apart, as steps.ts makes them. `knob` says which scale is meant. */
export function placeOf(knob: Knob, constant: Constant): Place {
  const { raw, value } = resolveNone(knob, constant)
  if (value === null) return raw.slice(1, -1)
  if (/^[tf]/i.test(raw)) return value
  if (isNearOne(knob.name, resolveNone(knob, knob.now).value ?? 0) && value < 1) return -Math.log2(1 - value)
  // Nothing is one below the first of whole things, and further away than any share of something.
  if (value === 0) return /^0$/.test(raw) ? -1 : -7
  return Math.log2(Math.abs(value))
}

/** How far apart two places are, in steps; words by the letters that differ. */
export function distance(a: Place, b: Place): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b)
  const [one, other] = [String(a), String(b)]
  let differ = 0
  for (let i = 0; i < Math.max(one.length, other.length); i++) if (one[i] !== other[i]) differ++
  return differ
}

/** Which constants matter most when training time is fixed, and the way that more often helps. */
function believed(name: string): [weight: number, lean: number] {
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
