/** What hooks get as JSON. Texts in it come from agents: a hook must not run them. Fields may be added within a schema. */
import type { Experiment, Metric, Session } from '../../record/schema.ts'

/** The kept experiment that a candidate is built on. */
interface Head {
  number: number
  commit: string | null
  value: number | null
}

interface Common {
  schema: 1
  at: string
  /** The session's id. */
  session: string
  metric: Pick<Metric, 'name' | 'goal'>
}

/** A proposal that the guard passed, and that has no commit yet. */
export interface BeforeExperiment extends Common {
  event: 'before_experiment'
  number: number
  description: string
  hypothesis: string | null
  agent: { use: string | null; model: string | null }
  /** Editable files that change, relative to the repository's root. */
  files: string[]
  linesAdded: number
  linesRemoved: number
  /** Against the head. */
  patch: string
  /** git's tree of the proposal: what is run if the hook passes it, whatever the hook writes. */
  tree: string
  /** Path of a checkout that holds the proposal. */
  worktree: string
  head: Head
}

export interface AfterVerdict extends Common {
  event: 'after_verdict'
  /** 0 is the baseline. */
  number: number
  status: Experiment['status']
  reason: string
  description: string
  hypothesis: string | null
  agent: { use: string | null; model: string | null }
  /** Mean over its runs; null without a value. */
  value: number | null
  /** Over the head it was judged against; positive is better. null where it was not compared. */
  gain: number | null
  commit: string | null
  /** Wall time of its runs, seconds. */
  seconds: number
  /** The head after the verdict. */
  head: Head | null
}

/** The session has ended, and its report is written. */
export interface End extends Common {
  event: 'end'
  stop: NonNullable<Session['stop']>
  experiments: number
  kept: number
  head: Head | null
  branch: string
  /** Path of the session's folder. */
  folder: string
  /** Paths of report.md and digest.json; null when the report could not be written. */
  report: string | null
  digest: string | null
}

export type HookEvent = BeforeExperiment | AfterVerdict | End

export const commonOf = ({ id, metric: { name, goal } }: Pick<Session, 'id' | 'metric'>): Common => ({
  schema: 1,
  at: new Date().toISOString(),
  session: id,
  metric: { name, goal },
})

export const headIn = (head: Experiment | undefined): Head | null =>
  head === undefined ? null : { number: head.number, commit: head.commit, value: head.metric }
