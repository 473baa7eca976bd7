/** Getting a proposal: an agent's turn in its worktree, the guard, and once more what the guard refused. */
import { AgentDown, type Proposal } from '../../agents/agent.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import { Failure } from '../../lib/errors.ts'
import { resetWorktree } from '../../lib/git/worktree.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'
import { findExperiment, nextNumber } from '../../record/state.ts'
import { giveUp } from '../judge.ts'
import { helperMark } from '../session/prepare.ts'
import type { AgentPool, AgentState } from './agentPool.ts'
import {
  addCandidate,
  type CommitResult,
  commitCandidate,
  newProposal,
  type ProposalInfo,
  type Refusal,
} from './candidate.ts'
import { check } from './checkedAgents.ts'
import type { ProposeContext } from './context.ts'
import { countRefusal, markDown, markExhausted, markUp } from './poolEvents.ts'
import { refuse } from './refuse.ts'
import { ask, keepTranscript, openTurn, type Turn } from './turn.ts'

/** Whether the limit on experiments leaves room for another; those under way count. */
export const hasEnoughExperiments = ({ contract, state }: Pick<ProposeContext, 'contract' | 'state'>): boolean =>
  contract.experiments !== null && state.experiments.length - 1 + state.pending.size >= contract.experiments

/**
 * One agent's turn: it is asked once, and once more when the guard refuses what it did.
 * @param cancel ends the turn: what it would propose is not run any more
 * @returns the candidate that is ready to run; null when there is none this time
 */
export async function propose(
  context: ProposeContext,
  pool: AgentPool,
  agent: AgentState,
  cancel: AbortSignal,
): Promise<Candidate | null> {
  if (agent.needsCheck && !(await passesCheck(context, agent))) return null
  const turn = await openTurn(context, pool, agent)
  const feedback: Feedback[] = turn.request ? [turn.request] : []
  for (const isLast of agent.readsPrompt ? [false, true] : [true]) {
    const answer = await attempt(context, pool, turn, feedback, cancel)
    if (answer.kind === 'down') return null
    if (answer.kind === 'nothing left') return concludeWithoutProposal(context, turn)
    const result = await context.judge(() => conclude(context, turn, answer.proposal, isLast))
    if (result.kind === 'committed') return result.candidate
    if (result.kind === 'recorded') return null
    feedback.push(await askAgain(context, turn, result.refusal))
  }
  return null
}

/** @returns whether an agent that could not work before the session, or was found so again, can by now */
async function passesCheck(context: ProposeContext, agent: AgentState): Promise<boolean> {
  const { problem } = await check(agent.client, helperMark(context.state.session.id, agent.place))
  agent.needsCheck = false
  if (problem) await markDown(context, agent, { kind: 'check', detail: problem.found, advice: problem.advice })
  return problem === null
}

/** `down`: it gave no answer. */
type Answer = { kind: 'proposal'; proposal: Proposal } | { kind: 'nothing left' } | { kind: 'down' }

/** Asks the agent. When it is down, its rework request waits, or is given up when nobody else can do it. */
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
    if (!(error instanceof Failure)) throw error
    if (turn.request) pool.reworkRequests.unshift(turn.request)
    if (cancel.aborted) return { kind: 'down' }
    const { kind, retryAfter } = error instanceof AgentDown ? error : { kind: 'unknown', retryAfter: null }
    await markDown(context, turn.agent, { kind, detail: error.message, advice: error.advice, retryAfter })
    await dropFixRequests(context, pool, turn.agent)
    return { kind: 'down' }
  }
}

/** Crashes wait for the agent that proposed them; the session does not wait for one that is down. */
async function dropFixRequests(context: ProposeContext, pool: AgentPool, { use }: AgentState): Promise<void> {
  const dropped = pool.reworkRequests.filter(request => request.kind === 'crash' && request.candidate.agent.use === use)
  pool.reworkRequests = pool.reworkRequests.filter(request => !dropped.includes(request))
  for (const request of dropped) await context.judge(() => giveUp(context, request))
}

async function concludeWithoutProposal(context: ProposeContext, { agent, request, head }: Turn): Promise<null> {
  if (request) await context.judge(() => giveUp(context, request))
  else await markExhausted(context, agent, head.number)
  return null
}

/** `refused`: the agent is asked again. `recorded`: that was the agent's last answer, and no candidate came of it. */
type Conclusion = CommitResult | { kind: 'recorded' }

/** Guards what the worktree holds by now, and adds the candidate. Called one at a time (`context.judge`). */
async function conclude(context: ProposeContext, turn: Turn, proposal: Proposal, isLast: boolean): Promise<Conclusion> {
  const { agent, request, head, worktree } = turn
  // Another agent, asked beside this one, has made the last.
  if (!request && hasEnoughExperiments(context)) return { kind: 'recorded' }
  const about = describeProposal(context, turn, proposal)
  const crashed = request?.kind === 'crash' ? request.candidate.tree : null
  const result = await commitCandidate(context, about, head, worktree, crashed)
  // Who leaves a crash as it is says that there is nothing to fix.
  const isAnswer = result.kind === 'committed' || (crashed !== null && result.refusal.rule === 'nothing')
  if (!isAnswer && !isLast) return result
  await keepTranscript(context, turn, about.number)
  if (result.kind === 'committed') {
    await markUp(context, agent)
    await addCandidate(context, result.candidate)
    return result
  }
  if (isAnswer) await markUp(context, agent)
  else await countRefusal(context, agent, result.refusal.why)
  if (request) await giveUp(context, request, about.agent)
  else {
    const why = [...new Set([...turn.refused, result.refusal.why])].join('; asked again, ')
    await refuse(context, about, head, { ...result.refusal, why })
  }
  return { kind: 'recorded' }
}

/** What a proposal is called and has cost, all that it was asked counted. */
function describeProposal(
  context: ProposeContext,
  turn: Turn,
  { description, hypothesis, model, tokens, costUsd }: Proposal,
): ProposalInfo {
  const { request, agent, proseHash, startedAt, bold } = turn
  const before = request?.candidate ?? null
  turn.spent = {
    use: agent.use,
    model: model ?? turn.spent.model,
    seconds: (before?.agent.seconds ?? 0) + (performance.now() - turn.began) / 1000,
    tokens: plus(turn.spent.tokens, tokens),
    costUsd: plus(turn.spent.costUsd, costUsd),
  }
  const shared = { agent: turn.spent, proseHash }
  const words = { description: sanitizeText(description ?? '', 120), hypothesis }
  if (before === null)
    return { ...newProposal, ...words, ...shared, bold, number: nextNumber(context.state), startedAt }
  const { number, madeFrom, revision, reworked, fixes } = before
  const again = { ...shared, number, revision: revision + 1, bold: before.bold, startedAt: before.startedAt }
  return request?.kind === 'crash'
    ? // Fixed, it is still the idea that it was.
      { ...again, description: before.description, hypothesis: before.hypothesis, madeFrom, reworked, fixes: fixes + 1 }
    : { ...again, ...words, madeFrom: null, reworked: true, fixes }
}

/** What is known of two amounts; null when nothing is. */
const plus = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0)

/** Puts the worktree back for another attempt. @returns what the agent is told */
async function askAgain(context: ProposeContext, turn: Turn, refusal: Refusal): Promise<Feedback> {
  const { agent, worktree, start } = turn
  turn.refused.push(refusal.why)
  await resetWorktree(worktree.git, start)
  context.terminal.step('again', `${agent.use}: ${refusal.why}; it is asked once more`)
  if (refusal.rule === 'nothing') return { kind: 'nothing' }
  const by = refusal.rule === 'tried' ? triedBy(context, refusal) : null
  return by ? { kind: 'tried', by } : { kind: 'outside', refused: refusal.why }
}

function triedBy(
  { state, tried }: Pick<ProposeContext, 'state' | 'tried'>,
  { tree }: Refusal,
): Experiment | Candidate | null {
  const number = tried.get(tree ?? '')
  return number === undefined ? null : (findExperiment(state, number) ?? state.pending.get(number) ?? null)
}
