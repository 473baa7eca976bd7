/**
 * The judge: decides the next step of a candidate, which is another run, a rebase, a rework by its agent or a verdict.
 * The decision depends only on the recorded state, so a resumed session takes the same step.
 */
import type { Candidate } from '../record/journal.ts'
import type { Experiment, Run } from '../record/schema.ts'
import { headOf } from '../record/state.ts'
import { isOnHead, type NextStep, rebaseAndRun, recordOutcome } from './concludeCandidate.ts'
import type { JudgeContext } from './context.ts'
import { evaluate, nextRun } from './evaluate.ts'
import { judgeMember } from './judgeSweep.ts'
import { fixRequest } from './propose/fixRequest.ts'

/** Decides the next step of a pending candidate. Calls must not overlap: use `context.judge`. */
export async function judgeNext(context: JudgeContext, number: number): Promise<NextStep> {
  const { state } = context
  const candidate = state.pending.get(number) as Candidate
  if (candidate.sweep) return judgeMember(context, candidate)
  const head = headOf(state) as Experiment
  const runs = (state.open.get(number) ?? []).filter(run => run.commit === candidate.commit)
  if (runs.length === 0)
    return isOnHead(candidate, head) ? nextRun(candidate, 0) : rebaseAndRun(context, candidate, head, 0)

  const result = evaluate(context, candidate, runs)
  if (result.kind === 'run') return result
  const { verdict } = result
  if (verdict.status === 'keep' && !isOnHead(candidate, head))
    return rebaseAndRun(context, candidate, head, runs.length)
  const request = verdict.status === 'crash' ? await fixRequest(context, candidate, runs.at(-1) as Run) : null
  if (request) return { kind: 'rework', request }
  return { kind: 'judged', experiment: await recordOutcome(context, candidate, verdict) }
}
