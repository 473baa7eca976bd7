/** The loop's requests for proposals: when to ask, which agent, and in how many turns at once. */
import { headNumber, type LoopState, recordFailure } from '../loopState.ts'
import { type AgentState, beginTurn, nextAgent, turnsUnderWay } from './agentPool.ts'
import { candidatesWanted, latest, medianOfLatest, type Pace, proposersNeeded } from './pace.ts'
import { experimentsLeft, propose } from './propose.ts'

/**
 * Requests proposals while fewer are ready or under way than there are free slots plus `ahead`. Agents that are down and
 * whose backoff has ended are asked in parallel, so that no slot waits for a service that hangs.
 * @param runSeconds for which an experiment takes a slot, as planned
 */
export function requestProposals(loop: LoopState, runSeconds: number): void {
  const { context, pool, queue, turns } = loop
  const pace = (agent: AgentState) => paceOf(loop, agent, runSeconds)
  for (;;) {
    const underWay = turnsUnderWay(pool)
    // Each makes an experiment, whatever becomes of its proposal: more than allowed are not asked for.
    const asked = underWay.filter(({ turn }) => !turn.isRework).length
    const onlyRework = experimentsLeft(context) <= asked
    const agent = nextAgent(pool, headNumber(loop), performance.now(), onlyRework, each => turnsOf(each, pace(each)))
    if (agent === null) return
    const expected = underWay.reduce((sum, { agent, turn }) => sum + (turn.isRework ? 1 : perAnswer(agent)), 0)
    if (queue.length + expected >= candidatesWanted(pace(agent))) return
    const begun = beginTurn(pool, agent)
    const beganAt = performance.now()
    const turn = propose(context, pool, agent, begun, loop.cancelTurns.signal)
      .then(candidates => {
        // The loop may have found the members of a sweep before.
        for (const { number } of candidates) if (!queue.includes(number) && !loop.inHand.has(number)) queue.push(number)
        if (candidates.length === 0) return
        if (!begun.isRework)
          agent.answers.push({ seconds: (performance.now() - beganAt) / 1000, candidates: candidates.length })
        agent.answers.splice(0, agent.answers.length - latest)
      })
      .catch(error => recordFailure(loop, error))
      .finally(() => {
        agent.turns.splice(agent.turns.indexOf(begun), 1)
        turns.delete(turn)
      })
    turns.add(turn)
  }
}

/** The tuner answers at once and sees what it has proposed, so that it needs one turn at a time. */
const turnsOf = ({ readsPrompt }: AgentState, pace: Pace): number => (readsPrompt ? proposersNeeded(pace) : 1)

function paceOf({ context, busySlots, occupied }: LoopState, agent: AgentState, runSeconds: number): Pace {
  const { contract, slots, engine } = context
  return {
    proposers: contract.proposers,
    ahead: contract.ahead,
    slots: slots.length,
    free: slots.length - busySlots.size,
    disturbs: engine === null && slots[0].gpu === null,
    thinking: medianOfLatest(agent.answers.map(({ seconds }) => seconds)),
    occupied: medianOfLatest(occupied) ?? runSeconds,
    perAnswer: perAnswer(agent),
  }
}

function perAnswer({ answers }: AgentState): number {
  if (answers.length === 0) return 1
  return answers.reduce((sum, { candidates }) => sum + candidates, 0) / answers.length
}
