/** The agents' side of the loop: whom to ask, and when. */
import { headNumber, type LoopState, recordFailure } from '../loopState.ts'
import type { SessionContext } from '../session/context.ts'
import { nextAgent } from './agentPool.ts'
import { hasEnoughExperiments, propose } from './propose.ts'

/**
 * Asks for proposals while fewer are ready than free slots and `ahead` want: of one agent at a time, and beside it of
 * those that are down and whose backoff has ended, so that no slot waits for a service that hangs.
 */
export function requestProposals(loop: LoopState): void {
  const { context, pool, queue, busySlots, turns } = loop
  while (queue.length < context.slots.length - busySlots.size + proposalsAhead(context)) {
    const agent = nextAgent(pool, headNumber(loop), performance.now(), hasEnoughExperiments(context))
    if (agent === null) return
    agent.isProposing = true
    const turn = propose(context, pool, agent, loop.cancelTurns.signal)
      .then(candidate => {
        if (candidate) queue.push(candidate.number)
      })
      .catch(error => recordFailure(loop, error))
      .finally(() => {
        agent.isProposing = false
        turns.delete(turn)
      })
    turns.add(turn)
  }
}

/** 1 where a GPU trains; on CPUs an agent at work would disturb the measurement. */
export const proposalsAhead = ({ contract, slots }: Pick<SessionContext, 'contract' | 'slots'>): number =>
  contract.ahead ?? (slots[0].gpu === null ? 0 : 1)
