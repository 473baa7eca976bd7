/** The judge's steps for a member of a sweep: it waits for the others, and only the best of them goes on. */
import { experimentName } from '../record/files/paths.ts'
import type { Candidate } from '../record/journal.ts'
import { valuesWithin } from '../record/overBudget.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment, OwnDecision, Run } from '../record/schema.ts'
import { findExperiment, headOf, type State } from '../record/state.ts'
import { isOnHead, type NextStep, rebaseAndRun, recordOutcome, recordWithoutRework } from './concludeCandidate.ts'
import type { JudgeContext } from './context.ts'
import { decide } from './decide.ts'
import {
  decisionInput,
  type EvaluateContext,
  evaluate,
  nextRun,
  noMeasurement,
  type RunStep,
  type Verdict,
  verdictWithoutDecision,
} from './evaluate.ts'
import { amongOf, bestOfSweep, chosenBest, isFresh, type Members, membersOf, openSweeps, startedOn } from './sweeps.ts'

/** The next step of a pending member, see `judgeNext`. */
export async function judgeMember(context: JudgeContext, candidate: Candidate): Promise<NextStep> {
  const { state } = context
  const { first } = candidate.sweep ?? { first: candidate.number }
  if (runsOf(state, candidate).length === 0) {
    const begun = await beginMember(context, candidate, membersOf(state, first))
    if (begun !== null) return begun
    return settled(context, first, null)
  }
  const own = measure(context, candidate)
  if (own.kind === 'run') return own
  if (own.kind === 'measured') return settled(context, first, candidate)
  const experiment = await recordOutcome(context, candidate, own.verdict)
  const next = await settled(context, first, null)
  return next.kind === 'waits' ? { kind: 'judged', experiment } : next
}

const runsOf = ({ open }: State, { number, commit }: Candidate): Run[] =>
  (open.get(number) ?? []).filter(run => run.commit === commit)

/** The first run of a member; null where it does not apply to the head of its set, which is its verdict. */
async function beginMember(context: JudgeContext, candidate: Candidate, members: Members): Promise<NextStep | null> {
  const { state } = context
  const isChosen = chosenBest(members) !== null
  const on = isChosen ? null : startedOn(state, members)
  const head = (on === null ? headOf(state) : findExperiment(state, on)) as Experiment
  if (candidate.parent.number === head.number) return nextRun(candidate, 0)
  const next = await rebaseAndRun(context, candidate, head, 0)
  if (next.kind !== 'rework' || isChosen) return next
  await recordWithoutRework(context, next.request)
  return null
}

type Own = RunStep | { kind: 'failed'; verdict: Verdict } | { kind: 'measured'; decision: OwnDecision }

/** What a member's runs alone say: its value, as if it were a single candidate, or why it has none. */
function measure(context: EvaluateContext, candidate: Candidate): Own {
  const runs = runsOf(context.state, candidate)
  if (isPaired(context.state.session)) {
    const result = evaluate(context, candidate, runs)
    if (result.kind === 'run') return result
    const { verdict } = result
    return verdict.decision ? { kind: 'measured', decision: verdict.decision } : { kind: 'failed', verdict }
  }
  const failed =
    runs.length === 0
      ? { ...noMeasurement, status: 'aborted' as const, reason: '' }
      : verdictWithoutDecision(context, runs)
  if (failed) return { kind: 'failed', verdict: failed }
  const input = decisionInput(context, candidate, valuesWithin(runs))
  return { kind: 'measured', decision: decide({ ...input, policy: { ...input.policy, repeat: 'never' } }) }
}

/**
 * Judges the others once all members are measured, and then the best.
 * @param present the member that a slot has in hand; the best is handed on where it is another
 */
async function settled(context: JudgeContext, first: number, present: Candidate | null): Promise<NextStep> {
  const best = await judgeOthers(context, first)
  if (best === null) return { kind: 'waits' }
  if (present?.number !== best.number) return { kind: 'chosen', best: best.number }
  return judgeBest(context, best)
}

/** Records the verdicts of all but the best. @returns the best; null while a member is not measured, or none has a value */
async function judgeOthers(context: JudgeContext, first: number): Promise<Candidate | null> {
  const { state } = context
  const members = membersOf(state, first)
  const measured = members.pending.flatMap(candidate => {
    const own = measure(context, candidate)
    return own.kind === 'measured' ? [{ candidate, decision: own.decision }] : []
  })
  const chosen = chosenBest(members)
  // The best may be at a further run, on a newer head for instance.
  if (chosen !== null && members.pending.every(({ number }) => number === chosen)) return members.pending[0] ?? null
  if (measured.length < members.pending.length || measured.length === 0) return null
  const best = chosen ?? bestOfSweep(measured)
  const among = amongOf(state, members, measured, best, 1)
  for (const { candidate } of measured) {
    if (candidate.number === best) continue
    const runs = runsOf(state, candidate)
    const result = evaluate(context, candidate, runs, { ...among, isBest: false })
    if (result.kind === 'verdict') await recordOutcome(context, candidate, result.verdict)
  }
  return state.pending.get(best) ?? null
}

/** The best, judged like a single candidate, with what the choice among the set gains by chance counted against it. */
async function judgeBest(context: JudgeContext, candidate: Candidate): Promise<NextStep> {
  const { state } = context
  const runs = runsOf(state, candidate)
  if (runs.length === 0) return nextRun(candidate, 0)
  const result = evaluate(context, candidate, runs, { ...amongOfBest(context, candidate, runs), isBest: true })
  if (result.kind === 'run') return result
  const head = headOf(state) as Experiment
  if (result.verdict.status === 'keep' && !isOnHead(candidate, head))
    return rebaseAndRun(context, candidate, head, runs.length)
  return { kind: 'judged', experiment: await recordOutcome(context, candidate, result.verdict) }
}

function amongOfBest(context: JudgeContext, candidate: Candidate, runs: Run[]) {
  const { state } = context
  const members = membersOf(state, candidate.sweep?.first ?? candidate.number)
  const own = measure(context, candidate)
  const measured = own.kind === 'measured' ? [{ candidate, decision: own.decision }] : []
  const values = Math.max(1, valuesWithin(runs).length)
  const among = amongOf(state, members, measured, candidate.number, values)
  return isFresh(state.open.get(candidate.number) ?? [], candidate.commit) ? { ...among, allowance: 0 } : among
}

/** Members that no slot will take by itself: those that need a run, or, where none does, one that has its set judged. */
export function membersToQueue(context: EvaluateContext, first: number): number[] {
  const { pending } = membersOf(context.state, first)
  const unfinished = pending.filter(candidate => measure(context, candidate).kind !== 'measured')
  return (unfinished.length > 0 ? unfinished : pending.slice(0, 1)).map(({ number }) => number)
}

/**
 * Judges what is measured of the open sweeps when the loop has ended.
 * @param isOver whether nothing more will be measured: members without a value are then aborted; else their set waits for
 * `session resume`
 */
export async function closeSweeps(context: JudgeContext, isOver: boolean): Promise<void> {
  for (const first of openSweeps(context.state)) {
    if (chosenBest(membersOf(context.state, first)) === null && !(await isComplete(context, first, isOver))) continue
    const best = await judgeOthers(context, first)
    if (best !== null) await closeBest(context, best, isOver)
  }
}

/** Whether no member lacks its value any more; in a session that is over those that do are aborted. */
async function isComplete(context: JudgeContext, first: number, isOver: boolean): Promise<boolean> {
  const { pending } = membersOf(context.state, first)
  const missing: Candidate[] = []
  for (const candidate of pending) {
    const own = measure(context, candidate)
    if (own.kind === 'failed' && runsOf(context.state, candidate).length > 0)
      await recordOutcome(context, candidate, own.verdict)
    else if (own.kind !== 'measured') missing.push(candidate)
  }
  if (missing.length === 0) return true
  const { size } = pending[0]?.sweep ?? { size: 0 }
  const what = `${experimentName(first)} to ${experimentName(first + size - 1)}: ${missing.length} of ${size} are not measured`
  context.terminal.step('sweep', `${what}, ${isOver ? 'the others are judged' : 'so none is judged yet'}`)
  if (isOver) for (const candidate of missing) await abort(context, candidate, 'it was measured')
  return isOver
}

/** Another run of the best is left to `session resume`; in a session that is over it is aborted. */
async function closeBest(context: JudgeContext, best: Candidate, isOver: boolean): Promise<void> {
  const { state } = context
  const runs = runsOf(state, best)
  if (runs.length > 0) {
    const result = evaluate(context, best, runs, { ...amongOfBest(context, best, runs), isBest: true })
    const isKept = result.kind === 'verdict' && result.verdict.status === 'keep'
    if (result.kind === 'verdict' && (!isKept || isOnHead(best, headOf(state) as Experiment))) {
      await recordOutcome(context, best, result.verdict)
      return
    }
  }
  if (isOver) await abort(context, best, 'a further run decided')
}

const abort = (context: JudgeContext, candidate: Candidate, before: string): Promise<Experiment> =>
  recordOutcome(context, candidate, {
    ...noMeasurement,
    status: 'aborted',
    reason: `Aborted: the session ended before ${before}.`,
  })
