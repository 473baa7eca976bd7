/** What follows a verdict: it is recorded, or the candidate is rebased or goes back to its agent. */
import { noiseOfPairs } from '../analysis/noise/noise.ts'
import { experimentName } from '../record/files/paths.ts'
import type { Candidate } from '../record/journal.ts'
import type { Experiment, Run } from '../record/schema.ts'
import type { JudgeContext, RecordContext } from './context.ts'
import { failedVerdict, nextRun, noMeasurement, type RunStep, type Verdict } from './evaluate.ts'
import type { ReworkRequest } from './propose/agentPool.ts'
import { rebaseOnto, refName } from './propose/candidate.ts'
import { recordVerdict } from './recordVerdict.ts'
import { emit } from './session/context.ts'

export type NextStep =
  | RunStep
  | { kind: 'judged'; experiment: Experiment }
  /** The candidate goes back to its agent. */
  | { kind: 'rework'; request: ReworkRequest }
  /** A member of a sweep is measured and waits for the others. */
  | { kind: 'waits' }
  /** The other members of its sweep are judged; this one, the best, is next. */
  | { kind: 'chosen'; best: number }

/** Records the verdict of a candidate, which is then no longer pending; in a paired session σ before it. */
export async function recordOutcome(
  context: RecordContext,
  candidate: Candidate,
  verdict: Verdict,
): Promise<Experiment> {
  const { revision: _, reworked: __, ...about } = candidate
  const { session, experiments, open } = context.state
  const runs = open.get(candidate.number) ?? []
  const noise =
    verdict.decision?.pairs && noiseOfPairs(session.metric.goal, [...experiments, { runs, commit: candidate.commit }])
  if (noise) await emit(context, { event: 'noise', noise })
  return await recordVerdict(context, { ...about, ...verdict })
}

export const isOnHead = (candidate: Candidate, head: Experiment): boolean => candidate.parent.number === head.number

/**
 * Rebases a candidate onto a newer head and runs it there: only a commit that was measured itself is kept.
 * @param finished number of finished runs of the candidate before the rebase
 */
export async function rebaseAndRun(
  context: JudgeContext,
  candidate: Candidate,
  head: Experiment,
  finished: number,
): Promise<NextStep> {
  const rebase = await rebaseOnto(context, candidate, head)
  if (rebase.kind === 'rebased') {
    const rebased = rebase.candidate
    const rerun = finished === 0 ? '' : ', re-running'
    context.terminal.step(refName(rebased), `rebased onto ${experimentName(head.number)}${rerun}`)
    return nextRun(rebased, 0)
  }
  const request: ReworkRequest = { kind: 'conflict', candidate, why: rebase.why }
  if (!candidate.reworked) return { kind: 'rework', request }
  return { kind: 'judged', experiment: await recordWithoutRework(context, request) }
}

/**
 * Records a candidate that its agent did not rework: as a conflict, or with the verdict of its failed run.
 * @param spent the agent's time, tokens and cost, including those of the rework
 */
export function recordWithoutRework(
  context: RecordContext,
  request: ReworkRequest,
  spent = request.candidate.agent,
): Promise<Experiment> {
  const candidate = { ...request.candidate, agent: spent }
  if (request.kind === 'conflict')
    return recordOutcome(context, candidate, {
      ...noMeasurement,
      status: 'conflict',
      reason: `Conflict: ${request.why}.`,
    })
  const runs = context.state.open.get(candidate.number) ?? []
  return recordOutcome(context, candidate, failedVerdict(runs.findLast(run => run.commit === candidate.commit) as Run))
}
