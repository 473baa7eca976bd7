/** What the values of a session rest on: a frozen evaluation, a frozen script, or the edited program's own word. Pure. */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { type Experiment, type Run, runSchema, type Session } from '../../record/schema.ts'

export const basisSchema = z.object({
  /** The weakest of the runs that gave a value. */
  by: runSchema.shape.measuredBy.unwrap(),
  /** The frozen file, where it is known. */
  file: z.string().nullable(),
})
export type Basis = z.infer<typeof basisSchema>

const weakestFirst = ['run', 'command', 'evaluation'] as const

/** null where it is not known, as of collected tables. */
export function basisOf(session: Session, experiments: Experiment[]): Basis | null {
  const runs = experiments.flatMap(e => e.runs.filter(run => run.metric !== null))
  const by = weakestFirst.find(by => runs.some(run => measuredByOf(run, session) === by))
  if (by === undefined || runs.some(run => measuredByOf(run, session) === null)) return null
  // A collected session's path is another notebook's words.
  const file = by === 'run' ? null : (session.measurement?.[by] ?? null)
  return { by, file: file === null ? null : sanitizeText(file, 80) }
}

/** null where it is not known. */
export function measuredByOf(run: Run, { data }: Pick<Session, 'data'>): Basis['by'] | null {
  if (run.metric === null) return null
  // Earlier versions recorded data only where the evaluation had written it, and then required a value of it.
  return run.measuredBy ?? (data === null ? null : 'evaluation')
}

/** A few words: "a frozen evaluation". */
export const basisNames: Record<Basis['by'], string> = {
  evaluation: 'a frozen evaluation',
  command: 'a frozen script',
  run: "the run's own word",
}

/** One or two sentences on what a value means. */
export function basisSentence({ by, file }: Basis): string {
  const name = file === null ? '' : ` (${file})`
  switch (by) {
    case 'evaluation':
      return `Each value was written by a frozen evaluation${name}, and the printed value agrees with it. Where it runs in the process that it scores, it guards against mistakes, not against cheating.`
    case 'command':
      return `Each value was printed by a run that a frozen script${name} starts and that names the metric; no second record checks it.`
    case 'run':
      return 'Each value is what the edited program printed: nothing frozen checked it. Read the diffs before you trust a gain.'
  }
}
