/** The outcome of a manual experiment, as JSON and as terminal lines. */
import { join, relative } from 'node:path'
import { command } from '../../lib/command.ts'
import { metricText } from '../../lib/format.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import type { Lost } from '../../record/engine.ts'
import { experimentName, files } from '../../record/files/paths.ts'
import type { Experiment, Run, Session } from '../../record/schema.ts'
import { meanMetric } from '../../record/state.ts'
import type { ManualResult } from './manual.ts'

/** As `--json` prints it; unknown numbers are null. */
export interface ManualOutcome {
  session: string
  experiment: number
  /** "pending": interrupted before the verdict. */
  status: Experiment['status'] | 'pending'
  description: string
  reason: string
  metric: { name: string; goal: Session['metric']['goal']; value: number | null }
  /** Gain over the head it was judged against; positive is better. */
  gain: number | null
  best: { experiment: number; value: number }
  /** Its runs, each with where it executed; empty before the verdict. On the harness's own machine `node` and `waitedSeconds` are null. */
  runs: { k: number; outcome: Run['outcome']; node: string | null; waitedSeconds: number | null; lost: Lost[] }[]
  /** Commit of the candidate; null when it was refused. */
  commit: string | null
  /** Ref of that commit; rebased versions have the refs `…-2` and so on. null when it was refused. */
  ref: string | null
  patch: string
  checkout: string
  /** The experiment that the checkout is at; null when the checkout still holds edits. */
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
    reason: judged?.reason ?? 'Interrupted before the verdict.',
    metric: { name: session.metric.name, goal: session.metric.goal, value: judged?.metric ?? null },
    gain: judged?.decision?.gain ?? null,
    best: { experiment: head.number, value: meanMetric(head) },
    runs: (judged?.runs ?? []).map(({ k, outcome, node = null, waitedSeconds = null, lost = [] }) => ({
      k,
      outcome,
      node,
      waitedSeconds,
      lost,
    })),
    commit,
    ref: commit && `refs/autoresearch/${session.tag}/${experimentName(number)}`,
    patch: files.patch(join(sessionsRoot, session.id), number),
    checkout,
    at: moved ? head.number : null,
  }
}

/** Prints the reason, the head and where the edits are; the verdict itself has been printed already. */
export function printOutcome(terminal: Terminal, outcome: ManualOutcome): void {
  const { metric, best, at, commit, session, status } = outcome
  terminal.step('why', outcome.reason)
  const head = experimentName(best.experiment)
  terminal.step(
    'head',
    `${head}, ${metric.name} ${metricText(best.value, metric.value === null ? [] : [metric.value])}`,
  )
  if (commit) terminal.step('edits', `${outcome.ref}, ${relative(process.cwd(), outcome.patch)}`)
  const content = at === null ? 'your edits, which are in no ref' : `${head}, the head`
  terminal.step('checkout', `${relative(process.cwd(), outcome.checkout)} holds ${content}`)
  if (status === 'pending') terminal.step('next', command(`experiment ${session}`))
}
