/** The loop's requests for proposals: when to ask, and which agent. */
import { headNumber, type LoopState, recordFailure } from '../loopState.ts'
import type { SessionContext } from '../session/context.ts'
import { nextAgent } from './agentPool.ts'
import { hasEnoughExperiments, propose } from './propose.ts'

/**
 * Requests proposals while fewer are ready than there are free slots plus `ahead`. One agent is asked at a time; in
 * parallel, those that are down and whose backoff has ended, so that no slot waits for a service that hangs.
 */
export function requestProposals(loop: LoopState): void {
  const { context, pool, queue, busySlots, turns } = loop
  while (queue.length < context.slots.length - busySlots.size + proposalsAhead(context)) {
    const agent = nextAgent(pool, headNumber(loop), performance.now(), hasEnoughExperiments(context))
    if (agent === null) return
    agent.isProposing = true
    const turn = propose(context, pool, agent, loop.cancelTurns.signal)
      .then(candidates => {
        for (const { number } of candidates) queue.push(number)
      })
      .catch(error => recordFailure(loop, error))
      .finally(() => {
        agent.isProposing = false
        turns.delete(turn)
      })
    turns.add(turn)
  }
}

/** Default: 1 with a GPU; 0 on CPUs, where a working agent would disturb the measurement. */
export const proposalsAhead = ({ contract, slots }: Pick<SessionContext, 'contract' | 'slots'>): number =>
  contract.ahead ?? (slots[0].gpu === null ? 0 : 1)
