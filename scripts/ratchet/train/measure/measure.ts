/** Reads a finished run: the summary block of its log, checked against the values that the evaluation wrote. */
import { restsOn } from '../../../analysis/confirm/basis.ts'
import type { Exit } from '../../../engines/local/exit.ts'
import { decimalsOf, metricText } from '../../../lib/format.ts'
import { createRedactor } from '../../../lib/secrets/redact.ts'
import type { Data, Measurement, Metric, Run } from '../../../record/schema.ts'
import { dataProblem, type Evaluation, evaluationProblem } from './evaluationFile.ts'
import { besideCrash, blockOutside, outsideProblem, valueOutside } from './outside.ts'
import {
  type Block,
  endOf,
  lastBlock,
  lastErrorLine,
  lastLines,
  numbersOf,
  type Readable,
  readValue,
  wantedForm,
} from './summary.ts'
import { isDoubtfulZero } from './zero.ts'

export type Measured = Pick<
  Run,
  'outcome' | 'why' | 'metric' | 'unit' | 'holdout' | 'summary' | 'measuredBy' | 'evaluated'
>

/** Rules that a metric's value must satisfy. */
export type MetricRules = Pick<Metric, 'name' | 'goal' | 'holdout'> & { plausible: [number, number] | null }

/** What else a run is measured by. */
export interface Beside {
  /** Whether the run was asked for the holdout. */
  holdout?: boolean
  /** Data of the session's first run, as its evaluation recorded it; null when it recorded none. */
  data?: Data | null
  /** Why the file NIGHTSHIFT_EVAL, which is there, cannot be read; else null. */
  unreadable?: string | null
  /** The frozen files that a value may rest on; null when not known. */
  frozen?: Measurement | null
  /** Finished runs of the session; empty before the baseline. */
  runs?: readonly Run[]
  /** Removes keys from text of the log. */
  redact?: (text: string) => string
  /** Whether what the run itself printed for the metric means nothing, because an evaluator reads what it left. */
  isPrintIgnored?: boolean
}

/** Derives outcome and metric of a run from its exit, log and evaluation. Pure. */
export function measure(
  exit: Pick<Exit, 'code' | 'signal' | 'seconds' | 'ended' | 'evaluated'>,
  log: string,
  evaluation: Evaluation | null,
  metric: MetricRules,
  {
    holdout = false,
    data = null,
    unreadable = null,
    frozen = null,
    runs = [],
    redact = createRedactor({}),
    isPrintIgnored = false,
  }: Beside = {},
): Measured {
  const block = lastBlock(log, metric.name)
  const finite = finiteOf(block)
  const fail = (outcome: Run['outcome'], why: string): Measured => ({
    outcome,
    why,
    metric: null,
    holdout: null,
    summary: finite,
  })
  if (exit.ended === 'aborted') return fail('aborted', 'stopped before it finished')
  if (exit.ended === 'lost') return fail('crash', 'its runner was killed, or could not record the result')
  if (exit.ended === 'timeout') return fail('timeout', `killed after ${Math.round(exit.seconds)} s`)
  if (exit.code !== 0 && exit.ended !== 'evaluator') {
    const line = lastErrorLine(endOf(log, redact))
    return fail('crash', `${exit.signal ?? `exit code ${exit.code}`}: ${line}${besideCrash(exit, line, redact)}`)
  }
  const asked = holdout ? metric.holdout : null
  if (frozen?.evaluator !== undefined) {
    const problem = outsideProblem(exit, unreadable, redact)
    if (problem !== null) return fail('crash', problem)
    const outside = { evaluation, data, block: blockOutside(exit, metric.name), isPrintIgnored }
    const found = measureOutside(outside, block, metric, asked, runs)
    return 'why' in found ? fail('crash', found.why) : { outcome: 'ok', why: null, ...found }
  }
  const problem = evaluationProblem(evaluation, { unreadable, metric: metric.name, holdout: asked, data, runs })
  if (problem !== null) return fail('crash', problem)
  const misprinted = (name: string, why: string) =>
    fail('crash', `${why}; ${wantedForm(name)}; ${lastLines(log, redact)}`)
  const printed = readValue(block, metric.name)
  if (printed.kind === 'invalid') return misprinted(metric.name, printed.why)
  const checked = checkValue(metric.name, printed.printed, evaluation)
  if (checked.kind === 'invalid') return fail('crash', checked.why)
  const { value } = checked
  const doubt = implausible(value, printed.printed.unit, metric, runs)
  if (doubt) return fail('crash', doubt)
  const splits = asked === null ? null : readValue(block, asked)
  if (splits?.kind === 'invalid') return misprinted(asked ?? '', splits.why)
  const holdoutValue = splits && checkValue(asked ?? '', splits.printed, evaluation)
  if (holdoutValue?.kind === 'invalid') return fail('crash', holdoutValue.why)
  const measuredBy = frozen === null ? {} : { measuredBy: restsOn(frozen, checked.evaluated) }
  return {
    outcome: 'ok',
    why: null,
    metric: value,
    holdout: holdoutValue?.value ?? null,
    summary: finite,
    ...measuredBy,
    evaluated: [
      ...(checked.evaluated ? [metric.name] : []),
      ...(holdoutValue?.evaluated && asked !== null ? [asked] : []),
    ],
    ...(printed.printed.unit !== null && { unit: printed.printed.unit }),
  }
}

interface Outside {
  evaluation: Evaluation | null
  data: Data | null
  /** What the evaluator printed. */
  block: Block
  isPrintIgnored: boolean
}

/** Values that an evaluator outside of the run computed, or why they are not believed. @param asked the holdout's name */
function measureOutside(
  { evaluation, data, block, isPrintIgnored }: Outside,
  printed: Block,
  metric: MetricRules,
  asked: string | null,
  runs: readonly Run[],
): Omit<Measured, 'outcome' | 'why'> | { why: string } {
  const names = [metric.name, ...(asked === null ? [] : [asked])]
  const values: number[] = []
  let unit: string | null = null
  for (const name of names) {
    const found = valueOutside(name, evaluation, block)
    if (found.kind === 'invalid') return found
    const { number } = found.printed
    if (!Number.isFinite(number)) return { why: `its evaluator gave ${name} as ${number}` }
    const own = isPrintIgnored || !printed.has(name) ? null : readValue(printed, name)
    if (own?.kind === 'invalid') return own
    const checked = own && checkValue(name, own.printed, { [name]: number })
    if (checked?.kind === 'invalid') return checked
    if (name === metric.name) unit = found.printed.unit ?? own?.printed.unit ?? null
    values.push(number)
  }
  const [value = Number.NaN, holdout = null] = values
  const doubt = dataProblem(evaluation, data, asked !== null) ?? implausible(value, unit, metric, runs)
  if (doubt !== null) return { why: doubt }
  // What the run says of the metric counts nowhere.
  const { [metric.name]: _, [metric.holdout ?? metric.name]: __, ...own } = finiteOf(printed)
  return {
    metric: value,
    holdout,
    summary: { ...own, ...finiteOf(block), ...Object.fromEntries(names.map((name, i) => [name, values[i] ?? 0])) },
    measuredBy: 'evaluator',
    evaluated: names,
    ...(unit !== null && { unit }),
  }
}

const finiteOf = (block: Block): Record<string, number> =>
  Object.fromEntries(Object.entries(numbersOf(block)).filter(([, value]) => Number.isFinite(value)))

/** Why a value is not believed, though the run exited with 0; null where it is. */
function implausible(value: number, unit: string | null, metric: MetricRules, runs: readonly Run[]): string | null {
  const { name, goal, plausible } = metric
  const [low, high] = plausible ?? [-Infinity, Infinity]
  if (value < low || value > high) return `implausible: ${name} ${value} is outside [${low}, ${high}]`
  const measured = runs.filter(run => run.metric !== null)
  const before = measured[0]
  // 0.9 s after 900 ms is no gain.
  if (before && (before.unit ?? null) !== unit)
    return `implausible: ${name} is printed ${unitText(unit)}, and in the session's first run ${unitText(before.unit ?? null)}`
  if (value !== 0 || plausible !== null) return null
  const allow = `If it can be 0, give metric a range with it in program.md, e.g. plausible: [0, 1]`
  const seen = measured.map(run => run.metric as number)
  if (isDoubtfulZero(seen, goal)) {
    const nearest = seen.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a))
    return `implausible: ${name} is exactly 0, as of a run that failed, and no other value is near (nearest ${metricText(nearest)}). ${allow}`
  }
  return before === undefined && goal === 'minimize'
    ? `implausible: ${name} of the unchanged code is exactly 0, as of a run that measured nothing or prints too few digits, and lower is better. ${allow}`
    : null
}

const unitText = (unit: string | null): string => (unit === null ? 'without a unit' : `in ${unit}`)

/** A metric's value, or why it is rejected. */
type CheckedValue = { kind: 'value'; value: number; evaluated: boolean } | { kind: 'invalid'; why: string }

const invalid = (why: string): CheckedValue => ({ kind: 'invalid', why })

/** Compares what was printed with what the evaluation wrote, where it wrote a value. */
function checkValue(name: string, { number: printed, text }: Readable, evaluation: Evaluation | null): CheckedValue {
  if (!Number.isFinite(printed)) return invalid(`${name} is ${printed}`)
  const measured = evaluation?.[name]
  if (measured === undefined) return { kind: 'value', value: printed, evaluated: false }
  const difference = typeof measured === 'number' ? Math.abs(measured - printed) : Number.NaN
  if (printed === 0 && difference > 0)
    return invalid(`printed ${name} ${text}, but the evaluation measured ${String(measured)}: print more digits`)
  // Values are rounded when printed; small ones have more than six decimals.
  const tolerance = Math.max(Math.min(1e-6, 10 ** -decimalsOf(printed)), Math.abs(printed) * 1e-5)
  if (!(difference <= tolerance))
    return invalid(`printed ${name} ${printed}, but the evaluation measured ${String(measured)}`)
  return { kind: 'value', value: printed, evaluated: true }
}
