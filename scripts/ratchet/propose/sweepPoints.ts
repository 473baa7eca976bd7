/** The points of a sweep that an agent asks for, as texts of the editable files. Pure. */
import { isExcludedKnob } from '../../agents/tuner/knobs.ts'
import { list } from '../../analysis/numbers.ts'
import { type Constant, constantsIn, isNone, withConstant } from '../../analysis/source/constants.ts'
import { closest } from '../../lib/suggest.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { SweepPoint, SweepValue } from '../../record/sweep.ts'

export interface Point {
  values: SweepPoint
  /** "RATE 0.02 → 0.04, DEPTH 4 → 8": against the head. */
  moves: string
  /** The files that have its constants, by path in the repository. */
  texts: Map<string, string>
}

/** A constant of the sweep, and where it is. */
interface Swept {
  name: string
  file: string
  now: Constant
  /** Its value in the head; null where the agent's edits add the constant. */
  before: string | null
  values: SweepValue[]
}

/**
 * All pairs of the values, in the order of the answer.
 * @param texts the editable files with the agent's edits, by path in the repository
 * @param head the same without them
 * @returns a clause that says why there are none, where a name or a value is not allowed
 */
export function pointsOf(
  values: Map<string, SweepValue[]>,
  texts: Map<string, string>,
  head: Map<string, string>,
): Point[] | string {
  const swept: Swept[] = []
  for (const [name, wanted] of values) {
    const found = find(name, texts)
    if (typeof found === 'string') return found
    for (const value of wanted) if (rawOf(value, found.now) === null) return wrongValue(name, value, found.now)
    const before = constantsIn(head.get(found.file) ?? '').find(constant => constant.name === name)?.raw ?? null
    swept.push({ name, ...found, before, values: wanted })
  }
  return pairs(swept).map(choice => pointOf(choice, texts))
}

function find(name: string, texts: Map<string, string>): Pick<Swept, 'file' | 'now'> | string {
  const shown = sanitizeText(name, 40)
  for (const [file, text] of texts) {
    const now = constantsIn(text).find(constant => constant.name === name)
    if (now === undefined) continue
    if (isExcludedKnob(name)) return `its sweep varies ${shown}, a seed or a setting of the evaluation`
    return { file, now }
  }
  const near = closest(
    name,
    [...texts.values()].flatMap(text => constantsIn(text).map(constant => constant.name)),
  )
  return `its sweep names ${shown}, which is no top-level constant of ${list([...texts.keys()])}${near === undefined ? '' : ` (did you mean ${near}?)`}`
}

const kindOf = ({ raw }: Constant): string =>
  /^['"]/.test(raw) ? 'a word' : /^[tf]/i.test(raw) ? 'a boolean' : isNone({ raw } as Constant) ? 'None' : 'a number'

const wrongValue = (name: string, value: SweepValue, now: Constant): string =>
  `its sweep sets ${name} to ${sanitizeText(JSON.stringify(value), 40)}; it is ${now.raw}, ${kindOf(now)}`

/** The value as the file would write it; null: it is of another kind than the constant. */
function rawOf(value: SweepValue, now: Constant): string | null {
  const kind = kindOf(now)
  const raw = texts(value, now, kind).find(text => {
    const [read] = constantsIn(`X = ${text}`)
    return read?.raw === text && (kind === 'None' ? !isNone(read) : kindOf(read) === kind)
  })
  return raw ?? null
}

/** How a value of the constant's kind may be written. */
function texts(value: SweepValue, { raw }: Constant, kind: string): string[] {
  if (typeof value === 'boolean') {
    const word = String(value)
    return [/^[a-z]/.test(raw) ? word : word.charAt(0).toUpperCase() + word.slice(1)]
  }
  if (typeof value === 'string') return kind === 'a word' ? [`${raw[0]}${value}${raw[0]}`] : [value, `'${value}'`]
  // A constant with a fraction stays one: Python's 1 and 1.0 differ.
  const isReal = kind === 'a number' && /[.]|\de/i.test(raw)
  return [isReal && Number.isInteger(value) && !/e/.test(String(value)) ? `${value}.0` : String(value)]
}

interface Choice {
  swept: Swept
  value: SweepValue
}

const pairs = (all: Swept[]): Choice[][] =>
  all.reduce<Choice[][]>(
    (made, swept) => made.flatMap(choice => swept.values.map(value => [...choice, { swept, value }])),
    [[]],
  )

function pointOf(choice: Choice[], texts: Map<string, string>): Point {
  const changed = new Map<string, string>()
  const moves = choice.map(({ swept: { name, file, now, before }, value }) => {
    const raw = rawOf(value, now) ?? now.raw
    changed.set(file, withConstant(changed.get(file) ?? texts.get(file) ?? '', name, raw))
    return before === null ? `${name} = ${raw}` : before === raw ? `${name} ${raw}` : `${name} ${before} → ${raw}`
  })
  const values = Object.fromEntries(choice.map(({ swept: { name }, value }) => [name, value]))
  return { values, moves: moves.join(', '), texts: changed }
}
