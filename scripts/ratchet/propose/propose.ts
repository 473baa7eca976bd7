/** Getting a proposal: an agent's turn in its worktree, the guard, and once more what the guard refused. */
import { AgentDown, type Proposal } from '../../agents/agent.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import { resetWorktree } from '../../lib/worktree.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'
import { find, nextNumber } from '../../record/state.ts'
import { giveUp } from '../judge.ts'
import type { Night } from '../session/context.ts'
import { helperMark } from '../session/prepare.ts'
import type { Crew, Member } from './agentPool.ts'
import { type About, asNew, commitCandidate, enter, type Refusal } from './candidate.ts'
import { check } from './checkedAgents.ts'
import { comeBack, goDown, noteRefusal, noteSpent } from './poolEvents.ts'
import { refuse } from './refuse.ts'
import { ask, keepTranscript, openTurn, type Turn } from './turn.ts'

/** Whether the limit on experiments leaves room for another; those under way count. */
export const isFull = ({ contract, state }: Night): boolean =>
  contract.experiments !== null && state.experiments.length - 1 + state.pending.size >= contract.experiments

/**
 * One agent's turn: it is asked once, and once more when the guard refuses what it did.
 * @param quit ends its thinking: what it would propose is not run any more
 * @returns the candidate that is ready to run; null when there is none this time
 */
export async function propose(night: Night, crew: Crew, member: Member, quit: AbortSignal): Promise<Candidate | null> {
  if (member.unchecked && !(await passesCheck(night, member))) return null
  const turn = await openTurn(night, crew, member)
  const feedback: Feedback[] = turn.errand ? [turn.errand] : []
  for (const isLast of member.thinks ? [false, true] : [true]) {
    const proposal = await attempt(night, crew, turn, feedback, quit)
    if (proposal === 'down') return null
    if (proposal === null) return nothingLeft(night, turn)
    const made = await night.judge(() => conclude(night, turn, proposal, isLast))
    if (made === null || !('why' in made)) return made
    feedback.push(await sendBack(night, turn, made))
  }
  return null
}

/** @returns whether an agent that could not work before the night, or was found so again, can by now */
async function passesCheck(night: Night, member: Member): Promise<boolean> {
  const { problem } = await check(member.agent, helperMark(night.state.session.id, member.place))
  member.unchecked = false
  if (problem) await goDown(night, member, { kind: 'check', detail: problem.found, advice: problem.advice })
  return problem === null
}

/** Its answer; "down" when there was none, after which its errand waits, or is given up when nobody else can do it. */
async function attempt(
  night: Night,
  crew: Crew,
  turn: Turn,
  feedback: Feedback[],
  quit: AbortSignal,
): Promise<Proposal | null | 'down'> {
  try {
    return await ask(night, crew, turn, feedback, quit)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (turn.errand) crew.errands.unshift(turn.errand)
    if (quit.aborted) return 'down'
    const { kind, retryAfter } = error instanceof AgentDown ? error : { kind: 'unknown', retryAfter: null }
    await goDown(night, turn.member, { kind, detail: error.message, advice: error.advice, retryAfter })
    await dropFixes(night, crew, turn.member)
    return 'down'
  }
}

/** What waits for an agent that is down to mend it is a crash: the night does not wait for that. */
async function dropFixes(night: Night, crew: Crew, { use }: Member): Promise<void> {
  const dropped = crew.errands.filter(errand => errand.kind === 'crash' && errand.candidate.agent.use === use)
  crew.errands = crew.errands.filter(errand => !dropped.includes(errand))
  for (const errand of dropped) await night.judge(() => giveUp(night, errand))
}

async function nothingLeft(night: Night, { member, errand, best }: Turn): Promise<null> {
  if (errand) await night.judge(() => giveUp(night, errand))
  else await noteSpent(night, member, best.number)
  return null
}

/**
 * Guards and enters what the worktree holds by now. Called one at a time (`night.judge`).
 * @returns the candidate; a refusal that the agent is to be told; null when that was the last word, and is recorded
 */
async function conclude(
  night: Night,
  turn: Turn,
  proposal: Proposal,
  isLast: boolean,
): Promise<Candidate | Refusal | null> {
  const { member, errand, best, worktree } = turn
  // Another agent, asked beside this one, has made the last.
  if (!errand && isFull(night)) return null
  const about = aboutOf(night, turn, proposal)
  const crashed = errand?.kind === 'crash' ? errand.candidate.tree : null
  const made = await commitCandidate(night, about, best, worktree, crashed)
  // Who leaves a crash as it is says that there is nothing to mend.
  const isAnswer = !('why' in made) || (crashed !== null && made.kind === 'nothing')
  if (!isAnswer && !isLast) return made
  await keepTranscript(night, turn, about.number)
  if (isAnswer) await comeBack(night, member)
  else await noteRefusal(night, member, made.why)
  if (!('why' in made)) {
    await enter(night, made)
    return made
  }
  if (errand) await giveUp(night, errand, about.agent)
  else
    await refuse(night, about, best, {
      ...made,
      why: [...new Set([...turn.refused, made.why])].join('; asked again, '),
    })
  return null
}

/** What a proposal is called and has cost, all that it was asked counted. */
function aboutOf(night: Night, turn: Turn, { description, hypothesis, model, tokens, costUsd }: Proposal): About {
  const { errand, member, proseHash, startedAt, bold } = turn
  const before = errand?.candidate ?? null
  turn.spent = {
    use: member.use,
    model: model ?? turn.spent.model,
    seconds: (before?.agent.seconds ?? 0) + (performance.now() - turn.began) / 1000,
    tokens: plus(turn.spent.tokens, tokens),
    costUsd: plus(turn.spent.costUsd, costUsd),
  }
  const shared = { agent: turn.spent, proseHash }
  const words = { description: sanitizeText(description ?? '', 120), hypothesis }
  if (before === null) return { ...asNew, ...words, ...shared, bold, number: nextNumber(night.state), startedAt }
  const { number, made, stacked, redone, fixes } = before
  const again = { ...shared, number, stacked: stacked + 1, bold: before.bold, startedAt: before.startedAt }
  return errand?.kind === 'crash'
    ? // Mended, it is still the idea that it was.
      { ...again, description: before.description, hypothesis: before.hypothesis, made, redone, fixes: fixes + 1 }
    : { ...again, ...words, made: null, redone: true, fixes }
}

/** What is known of two amounts; null when nothing is. */
const plus = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0)

/** Puts the worktree back for another attempt. @returns what the agent is told */
async function sendBack(night: Night, turn: Turn, refusal: Refusal): Promise<Feedback> {
  const { member, worktree, start } = turn
  turn.refused.push(refusal.why)
  await resetWorktree(worktree.git, start)
  night.terminal.step('again', `${member.use}: ${refusal.why}; it is asked once more`)
  if (refusal.kind === 'nothing') return { kind: 'nothing' }
  const by = refusal.kind === 'tried' ? triedBy(night, refusal) : null
  return by ? { kind: 'tried', by } : { kind: 'outside', refused: refusal.why }
}

function triedBy({ state, tried }: Night, { tree }: Refusal): Experiment | Candidate | null {
  const number = tried.get(tree ?? '')
  return number === undefined ? null : (find(state, number) ?? state.pending.get(number) ?? null)
}
