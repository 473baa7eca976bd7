/** What a finished run is worth: the summary block of its log, checked against what the evaluation itself measured. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import type { Metric, Run } from '../../record/schema.ts'
import type { Exit } from './job.ts'

/** The file NIGHTSHIFT_EVAL: metrics by name, and what the evaluation says of its data and environment. */
const evalSchema = z
  .object({
    data: z.object({ name: z.string(), fingerprint: z.string() }).optional(),
    python: z.string().optional(),
    torch: z.string().optional(),
  })
  .loose()
export type Evaluation = z.infer<typeof evalSchema>

export type Measured = Pick<Run, 'outcome' | 'why' | 'metric' | 'holdout' | 'summary'>

/** Rules of a metric that a value must satisfy to be believed. */
export type MetricRules = Pick<Metric, 'name' | 'holdout'> & { plausible: [number, number] | null }

/**
 * The last summary block of a log: a line `---`, then lines `key: number`. Numbers that are not finite are kept as
 * they are (NaN, Infinity), so that the verdict can name them. An empty object when there is no block.
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
 * Puts exit, log and evaluation together. Pure.
 * @param holdout whether it was asked for
 * @param data what the session's first run was measured on, by its evaluation's word; null when that said nothing
 */
export function measure(
  exit: Exit,
  log: string,
  evaluation: Evaluation | null,
  metric: MetricRules,
  holdout: boolean,
  data: Evaluation['data'] | null = null,
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
  if (exit.ended === 'aborted') return fail('aborted', 'ended before it finished')
  if (exit.ended === 'timeout') return fail('timeout', `killed after ${Math.round(exit.seconds)} s`)
  if (exit.code !== 0) return fail('crash', `${exit.signal ?? `exit code ${exit.code}`}: ${lastWords(log)}`)
  const other = data && otherData(metric.name, evaluation, data)
  if (other) return fail('crash', other)
  const checked = checkValue(metric.name, summary, evaluation)
  if (checked.kind === 'doubted') return fail('crash', checked.why)
  const { value } = checked
  const [low, high] = metric.plausible ?? [-Infinity, Infinity]
  if (value < low || value > high)
    return fail('crash', `implausible: ${metric.name} ${value} is outside [${low}, ${high}]`)
  const held = holdout && metric.holdout !== null ? checkValue(metric.holdout, summary, evaluation) : null
  if (held?.kind === 'doubted') return fail('crash', held.why)
  return { outcome: 'ok', why: null, metric: value, holdout: held?.value ?? null, summary: finite }
}

/** Reads NIGHTSHIFT_EVAL; null when the target's evaluation wrote none. */
export async function readEvaluation(path: string): Promise<Evaluation | null> {
  // The run's program may put anything there: what does not read is no word of the evaluation's.
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return evalSchema.parse(JSON.parse(text))
  } catch {
    // Half a file is what a run that was killed leaves; without the file's word the printed value must stand alone.
    return null
  }
}

/** Why a run cannot be compared with the session's first, whose evaluation wrote what it measured on what. */
function otherData(name: string, evaluation: Evaluation | null, data: NonNullable<Evaluation['data']>): string | null {
  if (evaluation?.[name] === undefined) return `the frozen evaluation measured no ${name}, as it did in the baseline`
  const found = evaluation.data
  if (found?.fingerprint === data.fingerprint) return null
  const brief = (of: Evaluation['data']) =>
    of ? `${sanitizeText(of.name, 40)} ${sanitizeText(of.fingerprint, 12)}` : 'data it does not name'
  return `measured on other data than the baseline: ${brief(found)}, not ${brief(data)}`
}

/** A metric's value, or why it is not believed. */
type CheckedValue = { kind: 'value'; value: number } | { kind: 'doubted'; why: string }

const doubted = (why: string): CheckedValue => ({ kind: 'doubted', why })

function checkValue(name: string, summary: Record<string, number>, evaluation: Evaluation | null): CheckedValue {
  const printed = summary[name]
  if (printed === undefined)
    return doubted(Object.keys(summary).length === 0 ? 'no summary block in the log' : `the summary has no ${name}`)
  if (!Number.isFinite(printed)) return doubted(`${name} is ${printed}`)
  const measured = evaluation?.[name]
  if (measured === undefined) return { kind: 'value', value: printed }
  // Printed with at least six decimals or six digits; beyond that it is another number.
  if (typeof measured !== 'number' || Math.abs(measured - printed) > Math.max(1e-6, Math.abs(printed) * 1e-5))
    return doubted(`printed ${name} ${printed}, but the evaluation measured ${String(measured)}`)
  return { kind: 'value', value: printed }
}

/** The end of a log in one line: the last that names an error (node prints its version after it), else the last. */
function lastWords(log: string): string {
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
