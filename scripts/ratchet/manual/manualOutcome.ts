/** What an experiment by hand came to: one object for machines, a few lines for people. */
import { join, relative } from 'node:path'
import { metricText } from '../../lib/format.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import type { Terminal } from '../../lib/terminal.ts'
import { experimentName, files } from '../../record/files.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { meanMetric } from '../../record/state.ts'
import type { ManualResult } from './manual.ts'

/** As `--json` prints it; a number that is not known is null. */
export interface ManualOutcome {
  session: string
  experiment: number
  /** "pending" when it was interrupted before its verdict. */
  status: Experiment['status'] | 'pending'
  description: string
  reason: string
  metric: { name: string; goal: Session['metric']['goal']; value: number | null }
  /** Over the head it was judged against; positive is better. */
  gain: number | null
  best: { experiment: number; value: number }
  /** Commit of what was tried; null when it was refused. */
  commit: string | null
  /** Where that commit is kept; what was made of it on a newer head is beside it as `…-2`. null when refused. */
  ref: string | null
  patch: string
  checkout: string
  /** The experiment that the checkout is at; null when its edits were left in it. */
  at: number | null
}

export function manualOutcome({ session, verdict, head, checkout, moved }: ManualResult): ManualOutcome {
  const { number, description, commit } = verdict.kind === 'judged' ? verdict.experiment : verdict.candidate
  const judged = verdict.kind === 'judged' ? verdict.experiment : null
  return {
    session: session.id,
    experiment: number,
    status: judged?.status ?? 'pending',
    description,
    reason: judged?.reason ?? 'Interrupted: it has no verdict yet.',
    metric: { name: session.metric.name, goal: session.metric.goal, value: judged?.metric ?? null },
    gain: judged?.decision?.gain ?? null,
    best: { experiment: head.number, value: meanMetric(head) },
    commit,
    ref: commit && `refs/autoresearch/${session.tag}/${experimentName(number)}`,
    patch: files.patch(join(sessionsRoot, session.id), number),
    checkout,
    at: moved ? head.number : null,
  }
}

/** The verdict itself was told when it was given; here is why, what is best, and where the edits are now. */
export function printOutcome(terminal: Terminal, outcome: ManualOutcome): void {
  const { metric, best, at, commit, session, status } = outcome
  terminal.step('why', outcome.reason)
  const by = experimentName(best.experiment)
  terminal.step('best', `${metric.name} ${metricText(best.value)} by ${by}`)
  if (commit) terminal.step('edits', `${outcome.ref}, ${relative(process.cwd(), outcome.patch)}`)
  const now = at === null ? 'your edits, which no ref holds' : `${by}, the best`
  terminal.step('checkout', `${relative(process.cwd(), outcome.checkout)} holds ${now}`)
  if (status === 'pending') terminal.step('next', `\`pnpm experiment ${session}\` goes on with it`)
}
