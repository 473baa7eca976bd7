/** One agent's turn: request a proposal, guard it, and retry once when the guard refuses it. */
import { AgentDown, type Proposal } from '../../agents/agent.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import { Failure } from '../../lib/errors.ts'
import { GitFailure } from '../../lib/git/failure.ts'
import { resetWorktree } from '../../lib/git/worktree.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Candidate } from '../../record/journal.ts'
import { findExperiment, nextNumber } from '../../record/state.ts'
import { recordWithoutRework } from '../concludeCandidate.ts'
import { agentMark } from '../session/prepare.ts'
import { type AgentPool, type AgentState, type TurnUnderWay, turnsUnderWay } from './agentPool.ts'
import {
  addCandidate,
  type CommitResult,
  commitCandidate,
  newProposal,
  type ProposalInfo,
  type Refusal,
} from './candidate.ts'
import { check } from './checkedAgents.ts'
import { addSweep, commitSweep, type SweepResult } from './commitSweep.ts'
import type { ProposeContext } from './context.ts'
import { countRefusal, markDown, markExhausted, markUp } from './poolEvents.ts'
import { refuse } from './refuse.ts'
import { ask, openTurn, saveTranscript, type Turn } from './turn.ts'

/** Experiments that the limit leaves after the judged and the pending ones; infinite without a limit. */
export const experimentsLeft = ({ contract, state }: Pick<ProposeContext, 'contract' | 'state'>): number =>
  (contract.experiments ?? Number.POSITIVE_INFINITY) - (state.experiments.length - 1 + state.pending.size)

/**
 * One agent's turn, with one retry when the guard refuses the proposal.
 * @param begun as `beginTurn` returns it
 * @param cancel aborts the turn, when no more candidates will run
 * @returns the candidates that are ready to run: of a sweep all, else at most one
 */
export async function propose(
  context: ProposeContext,
  pool: AgentPool,
  agent: AgentState,
  begun: TurnUnderWay,
  cancel: AbortSignal,
): Promise<Candidate[]> {
  if (agent.needsCheck && !(await passesCheck(context, agent, begun))) return []
  const turn = await openTurn(context, pool, agent, begun)
  const feedback: Feedback[] = turn.request ? [turn.request] : []
  for (const isLast of agent.readsPrompt ? [false, true] : [true]) {
    const answer = await attempt(context, pool, turn, feedback, cancel)
    if (answer.kind === 'down') return []
    if (answer.kind === 'nothing left') return concludeWithoutProposal(context, turn)
    const result = await context.judge(() => {
      const others = turnsUnderWay(pool).filter(each => each.turn !== begun && !each.turn.isRework)
      return conclude(context, turn, answer.proposal, isLast, others.length)
    })
    if (result.kind === 'committed') return [result.candidate]
    if (result.kind === 'swept') return result.candidates
    if (result.kind === 'recorded') return []
    feedback.push(await resetForRetry(context, turn, result.refusal))
  }
  return []
}

/** Repeats a failed check. @returns whether the agent passes it now */
async function passesCheck(context: ProposeContext, agent: AgentState, begun: TurnUnderWay): Promise<boolean> {
  const { problem } = await check(agent.client, agentMark(context.state.session.id, agent.place, begun.proposer))
  agent.needsCheck = false
  if (problem) await markDown(context, agent, { kind: 'check', detail: problem.found, advice: problem.advice }, begun)
  return problem === null
}

/** `down`: the agent gave no answer. */
type Answer = { kind: 'proposal'; proposal: Proposal } | { kind: 'nothing left' } | { kind: 'down' }

/** Asks the agent. When it is down, its rework request returns to the pool; its fix requests are given up. */
async function attempt(
  context: ProposeContext,
  pool: AgentPool,
  turn: Turn,
  feedback: Feedback[],
  cancel: AbortSignal,
): Promise<Answer> {
  try {
    const proposal = await ask(context, pool, turn, feedback, cancel)
    return proposal === null ? { kind: 'nothing left' } : { kind: 'proposal', proposal }
  } catch (error) {
    // A failure of git is the machine's, not the agent's.
    if (!(error instanceof Failure) || error instanceof GitFailure) throw error
    if (turn.request) pool.reworkRequests.unshift(turn.request)
    if (cancel.aborted) return { kind: 'down' }
    const { kind, retryAfter } = error instanceof AgentDown ? error : { kind: 'unknown', retryAfter: null }
    await markDown(context, turn.agent, { kind, detail: error.message, advice: error.advice, retryAfter }, turn.begun)
    await dropFixRequests(context, pool, turn.agent)
    return { kind: 'down' }
  }
}

/** Only the agent that proposed a crash can fix it, and the session does not wait for an agent that is down. */
async function dropFixRequests(context: ProposeContext, pool: AgentPool, { use }: AgentState): Promise<void> {
  const dropped = pool.reworkRequests.filter(request => request.kind === 'crash' && request.candidate.agent.use === use)
  pool.reworkRequests = pool.reworkRequests.filter(request => !dropped.includes(request))
  for (const request of dropped) await context.judge(() => recordWithoutRework(context, request))
}

async function concludeWithoutProposal(context: ProposeContext, { agent, request, head }: Turn): Promise<[]> {
  if (request) await context.judge(() => recordWithoutRework(context, request))
  else await markExhausted(context, agent, head.number)
  return []
}

/** `refused`: the agent is asked again. `recorded`: the last answer gave no candidate. */
type Conclusion = CommitResult | SweepResult | { kind: 'recorded' }

/**
 * Guards the edits in the worktree and adds the candidate. Called one at a time (`context.judge`).
 * @param others turns under way, of each of which an experiment may come: a sweep leaves it to them
 */
async function conclude(
  context: ProposeContext,
  turn: Turn,
  proposal: Proposal,
  isLast: boolean,
  others: number,
): Promise<Conclusion> {
  const { agent, request, head, worktree, begun } = turn
  // Another agent, which proposed while this one was asked again after a failure, made the last experiment.
  if (!request && experimentsLeft(context) <= 0) {
    context.terminal.step('agent', `${agent.use}: its proposal came after the last experiment, and is not used`)
    return { kind: 'recorded' }
  }
  const about = describeProposal(context, turn, proposal)
  const crashed = request?.kind === 'crash' ? request.candidate.tree : null
  // What was to be fixed or made again is one candidate.
  const result =
    request || proposal.sweep === undefined
      ? await commitCandidate(context, about, head, worktree, crashed)
      : await commitSweep(
          context,
          about,
          head,
          worktree,
          proposal.sweep,
          Math.max(1, experimentsLeft(context) - others),
        )
  // An agent that leaves a crash unedited says that there is nothing to fix.
  if (result.kind === 'refused' && result.refusal.rule === 'stopped') return { kind: 'recorded' }
  const isAnswer = result.kind !== 'refused' || (crashed !== null && result.refusal.rule === 'no-change')
  const isHookBroken = result.kind === 'refused' && result.refusal.rule === 'hook-broken'
  if (!isAnswer && !isLast && !isHookBroken) return result
  await saveTranscript(context, turn, about.number)
  if (result.kind !== 'refused') {
    await markUp(context, agent, begun)
    if (result.kind === 'swept') await addSweep(context, result)
    else await addCandidate(context, result.candidate)
    return result
  }
  // A hook that is broken says nothing about the agent.
  if (isAnswer || isHookBroken) await markUp(context, agent, begun)
  else await countRefusal(context, agent, begun, result.refusal.why)
  if (request) await recordWithoutRework(context, request, about.agent)
  else {
    const why = [...new Set([...turn.refused, result.refusal.why])].join('; on retry, ')
    await refuse(context, about, head, { ...result.refusal, why })
    // It would be refused again: the next agent, which may be the tuner, looks for another.
    if (result.refusal.rule === 'hook' && result.refusal.tree) context.tried.set(result.refusal.tree, about.number)
  }
  return { kind: 'recorded' }
}

/** Description and cost of a proposal; the cost includes earlier answers of the turn and of the reworked candidate. */
function describeProposal(
  context: ProposeContext,
  turn: Turn,
  { description, hypothesis, model, tokens, costUsd }: Proposal,
): ProposalInfo {
  const { request, agent, proseHash, startedAt, bold } = turn
  const previous = request?.candidate ?? null
  turn.spent = {
    use: agent.use,
    model: model ?? turn.spent.model,
    seconds: (previous?.agent.seconds ?? 0) + (performance.now() - turn.startedAtMs) / 1000,
    tokens: sumOrNull(turn.spent.tokens, tokens),
    costUsd: sumOrNull(turn.spent.costUsd, costUsd),
  }
  const shared = { agent: turn.spent, proseHash }
  const texts = { description: sanitizeText(description ?? '', 120), hypothesis }
  if (previous === null)
    return { ...newProposal, ...texts, ...shared, bold, number: nextNumber(context.state), startedAt }
  const { number, madeFrom, revision, reworked, fixes, sweep } = previous
  const rework = {
    ...shared,
    ...(sweep && { sweep }),
    number,
    revision: revision + 1,
    bold: previous.bold,
    startedAt: previous.startedAt,
  }
  return request?.kind === 'crash'
    ? // A fix keeps the idea and its description.
      {
        ...rework,
        description: previous.description,
        hypothesis: previous.hypothesis,
        madeFrom,
        reworked,
        fixes: fixes + 1,
      }
    : { ...rework, ...texts, madeFrom: null, reworked: true, fixes }
}

/** The sum of the known amounts; null when none is known. */
const sumOrNull = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0)

/** Reverts the worktree for the retry. @returns the feedback for the agent */
async function resetForRetry(context: ProposeContext, turn: Turn, refusal: Refusal): Promise<Feedback> {
  const { agent, worktree, start } = turn
  turn.refused.push(refusal.why)
  await resetWorktree(worktree.git, start)
  context.terminal.step('retry', `${agent.use}: ${refusal.why}; retrying`)
  if (refusal.rule === 'no-change') return { kind: 'no-edit' }
  const duplicate = refusal.rule === 'duplicate' ? findDuplicate(context, refusal) : null
  if (refusal.rule === 'sweep') return { kind: 'sweep', why: refusal.why }
  if (refusal.rule === 'hook' && refusal.message) return { kind: 'hook', message: refusal.message }
  return duplicate ?? { kind: 'refused', why: refusal.why }
}

function findDuplicate(
  { state, tried }: Pick<ProposeContext, 'state' | 'tried'>,
  { tree }: Refusal,
): Extract<Feedback, { kind: 'duplicate' }> | null {
  const number = tried.get(tree ?? '')
  if (number === undefined) return null
  const verdict = findExperiment(state, number) ?? null
  const found = verdict ?? state.pending.get(number)
  return found ? { kind: 'duplicate', number, description: found.description, verdict } : null
}
