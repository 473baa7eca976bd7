/** The file NIGHTSHIFT_EVAL, to which the evaluation writes what it measured, and what the session's first run had in it. */
import { z } from 'zod'
import { jsonOrNull } from '../../../lib/files/read.ts'
import { readFound } from '../../../lib/files/regularFile.ts'
import { sanitizeText } from '../../../lib/text.ts'
import { scoredRowsSchema } from '../../../record/files/rows.ts'
import { maxBytes } from '../../../record/limits.ts'
import { type Data, dataSchema, type OwnSession, type Run } from '../../../record/schema.ts'

/** Metrics by name, and the data and environment of the evaluation. */
const evalSchema = z
  .object({
    data: dataSchema.optional(),
    python: z.string().optional(),
    torch: z.string().optional(),
    /** Rows that do not match the schema are ignored: no verdict uses them. */
    rows: scoredRowsSchema.optional().catch(undefined),
  })
  .loose()
export type Evaluation = z.infer<typeof evalSchema>

/** Levels of a file that are read; the trainer's has three. */
const MAX_DEPTH = 20

export interface EvaluationFile {
  /** null where there is no file, or none that can be read. */
  evaluation: Evaluation | null
  /** Why a file that is there cannot be read, e.g. "holds no JSON object"; else null. */
  unreadable: string | null
}

export async function readEvaluation(path: string): Promise<EvaluationFile> {
  const unreadable = (why: string) => ({ evaluation: null, unreadable: why })
  const found = await readFound(path, { limit: maxBytes.evaluation })
  if (found.kind === 'missing') return { evaluation: null, unreadable: null }
  if (found.kind === 'unreadable') return unreadable(`is ${found.what}`)
  return evaluationIn(found.bytes.toString('utf8'))
}

/** The evaluation that the text of such a file holds. */
export function evaluationIn(text: string): EvaluationFile {
  const unreadable = (why: string) => ({ evaluation: null, unreadable: why })
  const value = jsonOrNull(text)
  if (value === null && /\b(NaN|Infinity)\b/.test(text))
    return unreadable('holds NaN or Infinity, which JSON does not have')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return unreadable('holds no JSON object')
  if (isDeeperThan(value, MAX_DEPTH)) return unreadable(`nests values deeper than ${MAX_DEPTH} levels`)
  const result = evalSchema.safeParse(value)
  if (result.success) return { evaluation: result.data, unreadable: null }
  const { path: at = [], message = '' } = result.error.issues[0] ?? {}
  return unreadable(`has an unexpected ${sanitizeText(`${at.join('.')}: ${message}`, 120)}`)
}

/** Whether a value nests deeper than some levels. Not recursive, so that no nesting exhausts the stack. */
function isDeeperThan(value: object, levels: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; depth <= levels && level.length > 0; depth++)
    level = level.flatMap(entry => (typeof entry === 'object' && entry !== null ? Object.values(entry) : []))
  return level.length > 0
}

/** What a run is held against. */
export interface Expected {
  /** Why the run's file, which is there, cannot be read; else null. */
  unreadable: string | null
  /** Names of the values that the run was asked for; `holdout` is null where it was not. */
  metric: string
  holdout: string | null
  /** Data of the session's first run; null when its evaluation recorded none. */
  data: Data | null
  /** Finished runs of the session, in order. */
  runs: readonly Run[]
}

/** Why the file does not support a run's values as it did in the session's first run; null where it does. */
export function evaluationProblem(
  evaluation: Evaluation | null,
  { unreadable, metric, holdout, data, runs }: Expected,
): string | null {
  if (unreadable !== null) return `the file NIGHTSHIFT_EVAL ${unreadable}`
  // Else a run could leave a value out and print what it likes.
  const required = [
    ...(hadMetric(metric, runs, data) ? [metric] : []),
    ...(holdout !== null && hadHoldout(holdout, runs) ? [holdout] : []),
  ]
  const missing = required.find(name => evaluation?.[name] === undefined)
  if (missing !== undefined) return `no ${missing} in the file NIGHTSHIFT_EVAL, unlike in the session's first run`
  return dataProblem(evaluation, data, holdout !== null)
}

/** Why the data of an evaluation is not that of the session's first run; null where it is, or where that named none. */
export const dataProblem = (evaluation: Evaluation | null, data: Data | null, holdout: boolean): string | null =>
  data === null ? null : dataMismatch(evaluation?.data, data, holdout)

function hadMetric(name: string, runs: readonly Run[], data: Data | null): boolean {
  const { evaluated, measuredBy } = runs.find(run => run.metric !== null) ?? {}
  // Records of earlier versions lack `evaluated`; they have data only where the evaluation had measured the metric.
  return evaluated?.includes(name) ?? (measuredBy === 'evaluation' || data !== null)
}

const hadHoldout = (name: string, runs: readonly Run[]): boolean =>
  runs.find(run => run.holdout !== null)?.evaluated?.includes(name) ?? false

const splits = ['val', 'holdout'] as const

function dataMismatch(found: Evaluation['data'], data: Data, holdout: boolean): string | null {
  const brief = (of: Evaluation['data']) =>
    of ? `${sanitizeText(of.name, 40)} ${sanitizeText(of.fingerprint, 12)}` : 'unnamed data'
  if (found?.fingerprint !== data.fingerprint)
    return `measured on other data than the baseline: ${brief(found)}, not ${brief(data)}`
  const scored = holdout ? splits : (['val'] as const)
  const other = scored.find(split => data.sha256?.[split] && found.sha256?.[split] !== data.sha256[split])
  if (other === undefined) return null
  const hash = (of: Data) => of.sha256?.[other]?.slice(0, 12) ?? 'unknown'
  return `measured on other rows of ${other} than before: SHA-256 ${hash(found)}, not ${hash(data)}`
}

/**
 * What a run of the baseline tells of its environment that the session does not know yet; null where that is nothing. The
 * session's first run tells all, a later one the hash of a split that none scored before. Runs of candidates are not asked:
 * a candidate must not say what the data is.
 */
export function newEnvironment(
  { data, machine }: Pick<OwnSession, 'data' | 'machine'>,
  evaluation: Evaluation | null,
  isFirst: boolean,
): (Pick<OwnSession, 'data'> & Pick<OwnSession['machine'], 'python' | 'torch'>) | null {
  const found = evaluation?.data
  if (found === undefined) return null
  if (isFirst) return { data: found, python: evaluation?.python ?? null, torch: evaluation?.torch ?? null }
  const isNew = splits.some(split => found.sha256?.[split] && !data?.sha256?.[split])
  if (!data?.sha256 || !isNew) return null
  return {
    data: { ...data, sha256: { ...found.sha256, ...data.sha256 } },
    python: machine.python,
    torch: machine.torch,
  }
}
