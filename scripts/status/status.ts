/** What is said of a session: its status. */
import type { FinalFacts } from '../analysis/confirm/final.ts'
import type { Forecast } from '../analysis/forecast/forecast.ts'
import type { HookFailure } from '../record/files/hookFailures.ts'
import type { Told } from '../record/files/notified.ts'
import type { Noise, Outage, Session } from '../record/schema.ts'
import type { Health } from './health.ts'
import type { Remaining } from './remaining.ts'
import type { EngineStatus } from './slots.ts'
import type { UnderWay } from './underWay.ts'

export interface Status {
  id: string
  /**
   * "running"; "paused" by a person, whether or not its process lives; "stopping" while it finishes what runs, confirms
   * and reports; "interrupted" also when its process is dead; else the kind of its end, e.g. "until".
   */
  state: string
  /** Whether its process lives and its end is not recorded yet. */
  alive: boolean
  /** The command that resumes it, or writes its report; null while it runs and when nothing is left to do. */
  resume: string | null
  /** Why it ended, as a clause, with what to do where its baseline failed; null before. */
  reason: string | null
  /** Its result and the next step in the words of report and pages, once it has ended; null before. */
  result: { text: string; counts: string; next: { text: string; command: string } } | null
  /** What it inherited, and once its report is written the gains from the original baseline; null: it inherits nothing. */
  inherited: string | null
  /** Id of the session whose changes it runs again; null where it is no replication. */
  replicates: string | null
  /** What the whole session will take, while it searches; null in confirm, of a replication, and when it does not run. */
  forecast: Forecast | null
  /** Its report, once it has ended; null before. `missing`: it was killed before the report was complete. */
  report: 'written' | 'being written' | 'missing' | null
  /** Seconds: while it runs, without interruptions; once it has ended, from start to end as its report says. */
  elapsedSeconds: number
  /** Runs under way, by slot. */
  running: UnderWay[]
  /** Where its runs execute, and what each slot does; null: in processes of the harness's machine. */
  engine: EngineStatus | null
  /** Number of candidates that wait for a slot. */
  waiting: number
  experiments: number
  kept: number
  metric: string
  goal: Session['metric']['goal']
  baseline: number | null
  /** `pReal`: 0 to 1; null for the baseline, and before σ is known. */
  head: { experiment: number; value: number; description: string; pReal: number | null } | null
  /** Gain of the head over the baseline; positive is better. */
  gain: number | null
  noise: Noise | null
  /** What its runs execute in, and what that holds; null where it is not recorded. */
  sandbox: { mechanism: string; text: string } | null
  /** null below an hour. */
  experimentsPerHour: number | null
  /** Share of the slots' time spent in runs, 0 to 1. */
  busy: number
  /** Whether the slots are GPUs. */
  gpu: boolean
  /** What else used the GPUs or slowed them down, in the sentences of the report. */
  gpuFindings: string[]
  left: Remaining[]
  agent: Health
  /** Outages of agents; `retryInSeconds`: null for an outage that has ended. */
  outages: (Outage & { retryInSeconds: number | null })[]
  /** What confirm runs, once it is decided; null before. */
  final: FinalFacts | null
  /** What is or was done with the report at each destination of `publish`, in one line each. */
  published: string[]
  /** Who was told of what, oldest first. */
  notified: Told[]
  /** Hooks that failed after a verdict or at the end, oldest first. */
  hookFailures: HookFailure[]
  last: {
    number: number
    status: string
    /** The status, or of a replication what was found. */
    word: string
    metric: number | null
    gain: number | null
    description: string
  }[]
}
