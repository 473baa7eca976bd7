/** Sentences on what is comparable. */
import { measuredByText } from '../analysis/confirm/basisWords.ts'
import { betterText } from '../analysis/relative.ts'
import { capital, sanitizeText } from '../lib/text.ts'
import { list, nameOf } from './names.ts'
import type { Side, Statement } from './schema.ts'
import { baseName } from './settings.ts'

/** What sides inherited; then one statement per condition for comparing metric values: different ones, unknown ones, equal ones. */
export function statements(sides: Side[]): Statement[] {
  const all = [metric(sides), target(sides), data(sides), budget(sides), machine(sides), measured(sides)]
  if (sides.some(side => side.onEngine && side.throughput !== null)) all.push(throughput(sides))
  if (sides.some(side => side.origin !== null)) all.push(origin(sides))
  const rank = ({ about, same }: Statement) => (about === 'origin' ? 3 : same === false ? 0 : same === null ? 1 : 2)
  return [...inherited(sides), ...all.sort((a, b) => rank(a) - rank(b))]
}

/** Whether values are comparable. What measured them, and who says so, tells how far to believe them, not what they are. */
export const areAbsolute = (said: Statement[]): boolean => said.every(one => !isCondition(one) || one.same === true)

const isCondition = ({ about }: Statement): boolean =>
  !['throughput', 'measured', 'inherited', 'origin'].includes(about)

/** One or two sentences on what follows from the statements. */
export function lead(sides: Side[], said: Statement[]): string {
  const [name = 'the metric'] = sides.map(({ metric: own }) => own.name)
  if (said.some(({ about, same }) => about === 'metric' && same === false))
    return 'These sessions measured different metrics, so each metric has its own figure and table.'
  if (areAbsolute(said)) return `Values of ${name} are comparable: file, data, training time and machine are the same.`
  const of = (same: false | null) =>
    said.filter(one => isCondition(one) && one.same === same).map(({ about }) => conditionNames[about])
  const reasons = [
    of(false).length > 0 ? `different ${list(of(false))}` : '',
    of(null).length > 0 ? `unknown ${list(of(null))}` : '',
  ].filter(text => text !== '')
  return `Values of ${name} are not comparable (${reasons.join('; ')}). Compare each session’s change from its own baseline.`
}

const conditionNames: Record<Statement['about'], string> = {
  metric: 'metric',
  target: 'file',
  data: 'evaluation data',
  budget: 'training time',
  gpu: 'machine',
  throughput: 'throughput of the median run',
  measured: 'measured by',
  inherited: 'inherited',
  origin: 'from',
}

/** Of each side that starts from another session's final: its change below is from its own start. */
const inherited = (sides: Side[]): Statement[] =>
  sides.flatMap(side =>
    side.inherited === null
      ? []
      : [
          {
            about: 'inherited',
            same: false,
            text: `${nameOf(side, sides)}: ${side.inherited.text} Its change in this comparison is from its own start.`,
          },
        ],
  )

const metric = (sides: Side[]): Statement =>
  condition('metric', sides, s => `${s.metric.name} (${betterText(s.metric.goal)})`)

const target = (sides: Side[]): Statement => condition('target', sides, s => s.target && baseName(s.target))

/** By fingerprints. Without any, names that differ are other data; the same name is not known to be the same data. */
function data(sides: Side[]): Statement {
  const given = new Set(sides.flatMap(side => side.given ?? []))
  return sides.every(side => side.data === null) && given.size > 1
    ? condition('data', sides, s => s.given && sanitizeText(s.given, 100))
    : condition('data', sides, s => s.data && `${s.data.name} ${s.data.fingerprint.slice(0, 12)}`)
}

const budget = (sides: Side[]): Statement =>
  condition('budget', sides, s => (s.budget === null ? null : `${s.budget} s a run`))

const machine = (sides: Side[]): Statement =>
  condition('gpu', sides, s => (s.machine.gpu === null && s.machine.gpus === null ? null : s.machine.name))

const throughput = (sides: Side[]): Statement => condition('throughput', sides, s => s.throughput)

const measured = (sides: Side[]): Statement =>
  condition('measured', sides, s => s.measuredBy && measuredByText(s.measuredBy, s.collected))

const origin = (sides: Side[]): Statement => condition('origin', sides, s => s.origin ?? 'run in this notebook')

/** "Training time: 300 s a run (a); 60 s a run (b); unknown (c)." or "Training time: 300 s a run, in all sessions." */
function condition(about: Statement['about'], sides: Side[], of: (side: Side) => string | null): Statement {
  const found = by(sides, of)
  const missing = sides.filter(side => of(side) === null).map(side => nameOf(side, sides))
  const same = found.length > 1 ? false : missing.length > 0 ? null : true
  const values = found.map(({ value, names }) => `${value} (${list(names)})`)
  const text =
    same === true
      ? `${found[0]?.value ?? ''} in all sessions`
      : found.length === 0
        ? 'unknown for all sessions'
        : [...values, ...(missing.length > 0 ? [`unknown (${list(missing)})`] : [])].join('; ')
  return { about, same, text: `${capital(conditionNames[about])}: ${text}.` }
}

/** Names of the sides grouped by a known value, in order of first appearance. */
function by(sides: Side[], of: (side: Side) => string | null): { value: string; names: string[] }[] {
  const found = Map.groupBy(
    sides.filter(side => of(side) !== null),
    side => of(side) ?? '',
  )
  return [...found].map(([value, own]) => ({ value, names: own.map(side => nameOf(side, sides)) }))
}
