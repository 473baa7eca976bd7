/** What measured the values of a session: a frozen process outside of its runs, a frozen evaluation or script in them, or the run itself. Pure. */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import type { Experiment, Measurement, Run, Session } from '../../record/schema.ts'
import { list } from '../numbers.ts'
import { sandboxFacts } from '../sandbox.ts'
import { type MeasuredBy, measuredByText } from './basisWords.ts'

const weakestFirst = ['unknown', 'run', 'command', 'evaluation', 'evaluator'] as const satisfies MeasuredBy[]
const measuredBySchema = z.enum(weakestFirst)

export const basisSchema = z.object({
  /** The weakest of the metric's values. */
  by: measuredBySchema,
  /** The frozen file, where it is known. */
  file: z.string().nullable(),
  /**
   * Of an evaluator: whether all runs, some or none executed in a sandbox, which keeps them from it. Absent where that is not
   * recorded, and without an evaluator.
   */
  sandboxed: z.enum(['all', 'some', 'none']).optional(),
  /** Whether the session was measured elsewhere, and collected. */
  imported: z.boolean(),
  /** The weakest of the holdout's values, where it is not `by`; null also without a holdout. */
  holdout: measuredBySchema.nullable(),
  /** Experiments with a value for which `by` does not hold. */
  others: z.array(z.object({ by: measuredBySchema, experiments: z.array(z.number().int().nonnegative()) })),
})
export type Basis = z.infer<typeof basisSchema>

type Measured = Pick<Session, 'data' | 'measurement' | 'metric' | 'source' | 'sandboxes'>

/** null without a value. */
export function basisOf(session: Measured, experiments: Experiment[]): Basis | null {
  const found = experiments.flatMap(e => {
    const by = measuredByOf(e, session)
    return by === null ? [] : [{ by, experiment: e.number }]
  })
  const by = weakest(found.map(row => row.by))
  if (by === null) return null
  const holdout = weakest(experiments.flatMap(e => e.runs.map(run => holdoutMeasuredBy(run, session))))
  const others = Map.groupBy(
    found.filter(row => row.by !== by),
    row => row.by,
  )
  // A collected session's path is another notebook's words.
  const file = by === 'run' || by === 'unknown' ? null : (session.measurement?.[by] ?? null)
  const sandboxed = by === 'evaluator' ? sandboxedOf(session, experiments) : null
  return {
    by,
    ...(sandboxed !== null && { sandboxed }),
    file: file === null ? null : sanitizeText(file, 80),
    imported: session.source !== undefined,
    holdout: holdout === by ? null : holdout,
    others: [...others].map(([of, rows]) => ({ by: of, experiments: rows.map(row => row.experiment) })),
  }
}

/** Whether the runs executed in a sandbox; null where it is not recorded of all. */
function sandboxedOf(session: Measured, experiments: Experiment[]): Basis['sandboxed'] | null {
  const facts = sandboxFacts(session, experiments)
  if (facts === null || facts.unknown > 0) return null
  const without = facts.used.filter(({ mechanism }) => mechanism === null).length
  if (without === 0) return 'all'
  return without === facts.used.length ? 'none' : 'some'
}

/** What measured an experiment's value: the weakest of its runs. null without a value. */
export function measuredByOf({ runs, metric }: Experiment, session: Measured): MeasuredBy | null {
  // Rows of a table have no runs.
  const own = runs.filter(run => run.purpose !== 'origin')
  return weakest(own.map(run => runMeasuredBy(run, session))) ?? (metric === null ? null : 'unknown')
}

/** What measured a run's metric. null without a value. */
export function runMeasuredBy(run: Run, { data }: Pick<Measured, 'data'>): MeasuredBy | null {
  if (run.metric === null) return null
  // Earlier versions recorded data only where the evaluation had written it, and then required a value of it.
  return run.measuredBy ?? (data === null ? 'unknown' : 'evaluation')
}

/** What measured a run's holdout. null without a value. */
export function holdoutMeasuredBy(run: Run, session: Measured): MeasuredBy | null {
  if (run.holdout === null) return null
  const { measurement, metric } = session
  // Records of earlier versions do not say it of the holdout.
  if (run.evaluated === undefined || measurement === null) return 'unknown'
  return restsOn(measurement, metric.holdout !== null && run.evaluated.includes(metric.holdout))
}

/** @param evaluated whether an evaluator computed the value, or it was also written to NIGHTSHIFT_EVAL */
export function restsOn(
  { evaluation, command, evaluator }: Measurement,
  evaluated: boolean,
): Exclude<MeasuredBy, 'unknown'> {
  if (evaluated && evaluator !== undefined) return 'evaluator'
  if (evaluated && evaluation !== null) return 'evaluation'
  return command === null ? 'run' : 'command'
}

const weakest = (found: (MeasuredBy | null)[]): MeasuredBy | null => weakestFirst.find(by => found.includes(by)) ?? null

/** A few words: "a frozen evaluation (evaluation.py)", "elsewhere: unknown". */
export const basisText = ({ by, file, imported }: Basis): string =>
  `${measuredByText(by, imported)}${file === null ? '' : ` (${file})`}`

/** What a value means, in a few sentences. */
export function basisSentence(basis: Basis): string {
  const { holdout, others } = basis
  const rows = others.map(({ by, experiments }) => `${experimentsText(experiments)}: ${measuredByText(by, false)}`)
  return [
    basis.imported ? 'Measured elsewhere and imported.' : '',
    valueSentence(basis),
    // Records of earlier versions do not say it.
    holdout === null || holdout === 'unknown' ? '' : `The holdout was measured by ${measuredByText(holdout, false)}.`,
    rows.length === 0 ? '' : `Measured otherwise: ${rows.join('; ')}.`,
  ]
    .filter(text => text !== '')
    .join(' ')
}

function valueSentence({ by, file, sandboxed }: Basis): string {
  const name = file === null ? '' : ` (${file})`
  switch (by) {
    case 'evaluator':
      return `Each value was computed by a frozen process${name} outside of the run, from what the run left or sent.${reachText(sandboxed)}`
    case 'evaluation':
      return `Each value was written by a frozen evaluation${name}, and the printed value agrees with it. Where it runs in the process that it scores, it guards against mistakes, not against cheating.`
    case 'command':
      return `Each value was printed by a run that a frozen script${name} starts and that names the metric; no second record checks it.`
    case 'run':
      return 'Each value is what the edited program printed: nothing frozen checked it. Read the diffs before you trust a gain.'
    case 'unknown':
      return 'What measured the values is not recorded.'
  }
}

/** Whether a run could reach its evaluator. */
function reachText(sandboxed: Basis['sandboxed']): string {
  switch (sandboxed) {
    case 'all':
      return ' The sandbox of the runs kept them from it.'
    case 'some':
      return ' Some runs had no sandbox: with the rights of the user these could have reached it.'
    case 'none':
      return ' The runs had no sandbox: with the rights of the user they could have reached it.'
    case undefined:
      return ''
  }
}

const MAX_NAMED = 8

function experimentsText(numbers: number[]): string {
  const named = numbers.slice(0, MAX_NAMED).map(String)
  const more = numbers.length - named.length
  return `experiments ${list(more > 0 ? [...named, `${more} more`] : named)}`
}
