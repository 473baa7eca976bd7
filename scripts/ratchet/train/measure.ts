/** Reads a finished run: the summary block of its log, checked against the values that the evaluation wrote. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { scoredRowsSchema } from '../../record/rows.ts'
import type { Measurement, Metric, Run } from '../../record/schema.ts'
import type { Exit } from './job.ts'

/** The file NIGHTSHIFT_EVAL: metrics by name, and the data and environment of the evaluation. */
const evalSchema = z
  .object({
    data: z.object({ name: z.string(), fingerprint: z.string() }).optional(),
    python: z.string().optional(),
    torch: z.string().optional(),
    /** Rows that do not match the schema are ignored: no verdict uses them. */
    rows: scoredRowsSchema.optional().catch(undefined),
  })
  .loose()
export type Evaluation = z.infer<typeof evalSchema>

export type Measured = Pick<Run, 'outcome' | 'why' | 'metric' | 'holdout' | 'summary' | 'measuredBy'>

/** Rules that a metric's value must satisfy. */
export type MetricRules = Pick<Metric, 'name' | 'holdout'> & { plausible: [number, number] | null }

/**
 * Parses the last summary block of a log: a line `---`, then lines `key: number`. Keeps NaN and Infinity, so that the
 * verdict can name them. Returns an empty object when there is no block.
 */
export function parseSummary(log: string): Record<string, number> {
  let last: Record<string, number> = {}
  let current: Record<string, number> | null = null
  for (const line of log.split(/\r?\n/)) {
    if (line.trim() === '---') current = {}
    else if (current !== null) {
      const match =
        /^([A-Za-z_][\w./@-]*):\s+([-+]?(?:\d[\d_]*\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf(?:inity)?))\s*$/i.exec(line)
      if (match) {
        current[match[1] ?? ''] = number(match[2] ?? '')
        last = current
      } else current = null
    }
  }
  return last
}

/**
 * Derives outcome and metric of a run from its exit, log and evaluation. Pure.
 * @param holdout whether the run was asked for the holdout
 * @param data data of the session's first run, as its evaluation recorded it; null when it recorded none
 * @param frozen the frozen files that a value may rest on; null when not known
 */
export function measure(
  exit: Exit,
  log: string,
  evaluation: Evaluation | null,
  metric: MetricRules,
  holdout: boolean,
  data: Evaluation['data'] | null = null,
  frozen: Measurement | null = null,
): Measured {
  const summary = parseSummary(log)
  const finite = Object.fromEntries(Object.entries(summary).filter(([, value]) => Number.isFinite(value)))
  const fail = (outcome: Run['outcome'], why: string): Measured => ({
    outcome,
    why,
    metric: null,
    holdout: null,
    summary: finite,
  })
  if (exit.ended === 'aborted') return fail('aborted', 'stopped before it finished')
  if (exit.ended === 'timeout') return fail('timeout', `killed after ${Math.round(exit.seconds)} s`)
  if (exit.code !== 0) return fail('crash', `${exit.signal ?? `exit code ${exit.code}`}: ${lastErrorLine(log)}`)
  const mismatch = data && dataMismatch(metric.name, evaluation, data)
  if (mismatch) return fail('crash', mismatch)
  const checked = checkValue(metric.name, summary, evaluation)
  if (checked.kind === 'invalid') return fail('crash', checked.why)
  const { value } = checked
  const [low, high] = metric.plausible ?? [-Infinity, Infinity]
  if (value < low || value > high)
    return fail('crash', `implausible: ${metric.name} ${value} is outside [${low}, ${high}]`)
  const holdoutValue = holdout && metric.holdout !== null ? checkValue(metric.holdout, summary, evaluation) : null
  if (holdoutValue?.kind === 'invalid') return fail('crash', holdoutValue.why)
  const measuredBy = frozen === null ? {} : { measuredBy: restsOn(frozen, checked.evaluated) }
  return {
    outcome: 'ok',
    why: null,
    metric: value,
    holdout: holdoutValue?.value ?? null,
    summary: finite,
    ...measuredBy,
  }
}

/** @param evaluated whether the value was also written to NIGHTSHIFT_EVAL */
function restsOn({ evaluation, command }: Measurement, evaluated: boolean): NonNullable<Run['measuredBy']> {
  if (evaluated && evaluation !== null) return 'evaluation'
  return command === null ? 'run' : 'command'
}

/** Reads NIGHTSHIFT_EVAL; null when it is missing or invalid. */
export async function readEvaluation(path: string): Promise<Evaluation | null> {
  // The run may write anything there, so an unreadable file counts as missing.
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return evalSchema.parse(JSON.parse(text))
  } catch {
    // A killed run leaves a partial file. The printed value is then used unchecked.
    return null
  }
}

/** Why a run cannot be compared with the session's first run; null when both were measured on the same data. */
function dataMismatch(
  name: string,
  evaluation: Evaluation | null,
  data: NonNullable<Evaluation['data']>,
): string | null {
  if (evaluation?.[name] === undefined) return `the frozen evaluation measured no ${name}, but did for the baseline`
  const found = evaluation.data
  if (found?.fingerprint === data.fingerprint) return null
  const brief = (of: Evaluation['data']) =>
    of ? `${sanitizeText(of.name, 40)} ${sanitizeText(of.fingerprint, 12)}` : 'unnamed data'
  return `measured on other data than the baseline: ${brief(found)}, not ${brief(data)}`
}

/** A metric's value, or why it is rejected. */
type CheckedValue = { kind: 'value'; value: number; evaluated: boolean } | { kind: 'invalid'; why: string }

const invalid = (why: string): CheckedValue => ({ kind: 'invalid', why })

function checkValue(name: string, summary: Record<string, number>, evaluation: Evaluation | null): CheckedValue {
  const printed = summary[name]
  if (printed === undefined)
    return invalid(Object.keys(summary).length === 0 ? 'no summary block in the log' : `the summary has no ${name}`)
  if (!Number.isFinite(printed)) return invalid(`${name} is ${printed}`)
  const measured = evaluation?.[name]
  if (measured === undefined) return { kind: 'value', value: printed, evaluated: false }
  // Tolerance: values are printed with at least six decimals or six digits.
  if (typeof measured !== 'number' || Math.abs(measured - printed) > Math.max(1e-6, Math.abs(printed) * 1e-5))
    return invalid(`printed ${name} ${printed}, but the evaluation measured ${String(measured)}`)
  return { kind: 'value', value: printed, evaluated: true }
}

/** The last line of a log that names an error (node prints its version after it), else the last line. */
function lastErrorLine(log: string): string {
  const lines = log
    .slice(-20_000)
    .split('\n')
    .map(line => sanitizeText(line, 160))
    .filter(line => line !== '')
  return lines.findLast(line => /^[\w.]*(Error|Exception|Interrupt)\b/.test(line)) ?? lines.at(-1) ?? 'no output'
}

function number(text: string): number {
  if (/^[-+]?nan$/i.test(text)) return Number.NaN
  if (/^[-+]?inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return Number(text.replaceAll('_', ''))
}
