/** Sentences on what is comparable. */
import { list, nameOf } from './names.ts'
import type { Side, Statement } from './schema.ts'
import { baseName } from './settings.ts'

/** One statement per condition for comparing metric values; different ones first, then unknown, then equal. */
export function statements(sides: Side[]): Statement[] {
  const all = [metric(sides), target(sides), data(sides), budget(sides), gpu(sides)]
  const rank = ({ same }: Statement) => (same === false ? 0 : same === null ? 1 : 2)
  return all.sort((a, b) => rank(a) - rank(b))
}

/** One sentence on what follows from the statements. */
export function lead(sides: Side[], said: Statement[]): string {
  const metrics = by(sides, s => s.metric.name).map(({ value }) => value)
  if (said.some(({ about, same }) => about === 'metric' && same === false))
    return 'Sides of different metrics are not compared: each metric stands by itself, on an axis of its own.'
  const what = `values of ${metrics[0]} themselves`
  if (said.every(({ same }) => same === true))
    return `Here ${what} compare, for all that they depend on is the same; changes from each one's own baseline do too.`
  const why = said.some(({ same }) => same === false) ? '' : ' as far as anybody knows'
  return `Compare changes from each one's own baseline; ${what} must not be compared here${why}.`
}

function metric(sides: Side[]): Statement {
  const found = by(sides, s => `${s.metric.name}, ${s.metric.goal === 'minimize' ? 'less' : 'more'} is better`)
  const [only] = found
  if (found.length === 1) return { about: 'metric', same: true, text: `All measured ${only?.value}.` }
  return {
    about: 'metric',
    same: false,
    text: `They measured different things: ${valuesText(found)}. Neither values nor changes of different metrics are compared.`,
  }
}

function target(sides: Side[]): Statement {
  return condition('target', sides, s => s.target && baseName(s.target), {
    same: value => `All worked on ${value}.`,
    other: 'They worked on different files',
    unknown: 'The file worked on',
  })
}

function data(sides: Side[]): Statement {
  return condition('data', sides, s => s.data && `${s.data.name} ${s.data.fingerprint.slice(0, 12)}`, {
    same: value => `All were evaluated on the same data, ${value}.`,
    other: 'They were evaluated on different data',
    unknown: 'The evaluation data',
  })
}

function budget(sides: Side[]): Statement {
  return condition('budget', sides, s => (s.budget === null ? null : `${s.budget} s`), {
    same: value => `The training budget of a run was ${value} everywhere.`,
    other: 'Runs trained for different times',
    unknown: 'The training time of a run',
  })
}

function gpu(sides: Side[]): Statement {
  const known = (s: Side) => (s.machine.gpu === null && s.machine.gpus === null ? null : s.machine.name)
  return condition('gpu', sides, known, {
    same: value => `All ran on the same kind of machine, ${value}.`,
    other: 'They ran on different machines, so a run of the same length did more work on some',
    unknown: 'The machine',
  })
}

interface ConditionTexts {
  same: (value: string) => string
  other: string
  unknown: string
}

function condition(
  about: Statement['about'],
  sides: Side[],
  of: (side: Side) => string | null,
  words: ConditionTexts,
): Statement {
  const found = by(sides, of)
  const missing = sides.filter(s => of(s) === null)
  const missingText =
    missing.length === 0 ? '' : `${words.unknown} is not known of ${list(missing.map(s => nameOf(s, sides)))}.`
  if (found.length > 1)
    return { about, same: false, text: `${words.other}: ${valuesText(found)}.${missingText && ` ${missingText}`}` }
  if (missing.length === sides.length)
    return { about, same: null, text: `${words.unknown} is not known of any of them.` }
  if (missing.length > 0) return { about, same: null, text: missingText }
  return { about, same: true, text: words.same(found[0]?.value ?? '') }
}

/** Names of the sides grouped by a known value, in order of first appearance. */
function by(sides: Side[], of: (side: Side) => string | null): { value: string; names: string[] }[] {
  const found = Map.groupBy(
    sides.filter(side => of(side) !== null),
    side => of(side) ?? '',
  )
  return [...found].map(([value, own]) => ({ value, names: own.map(side => nameOf(side, sides)) }))
}

const valuesText = (found: { value: string; names: string[] }[]): string =>
  found.map(({ value, names }) => `${value} (${list(names)})`).join('; ')
