/** The agents' side of the loop: whom to ask, and when. */

import { bestOf, breakDown, type Floor } from '../loopState.ts'
import type { Night } from '../session/context.ts'
import { nextMember } from './agentPool.ts'
import { isFull, propose } from './propose.ts'

/**
 * Asks for proposals while fewer are ready than free slots and `ahead` want: of one agent at a time, and of those that
 * are down and have rested beside it, so that no slot waits for a service that hangs.
 */
export function think(floor: Floor): void {
  const { night, crew, queue, busy, thinking } = floor
  while (queue.length < night.slots.length - busy.size + aheadOf(night)) {
    const member = nextMember(crew, bestOf(floor), performance.now(), isFull(night))
    if (member === null) return
    member.isThinking = true
    const turn = propose(night, crew, member, floor.quit.signal)
      .then(candidate => {
        if (candidate) queue.push(candidate.number)
      })
      .catch(error => breakDown(floor, error))
      .finally(() => {
        member.isThinking = false
        thinking.delete(turn)
      })
    thinking.add(turn)
  }
}

/** 1 where a GPU trains; on CPUs thinking would disturb the measurement. */
export const aheadOf = ({ contract, slots }: Night): number => contract.ahead ?? (slots[0].gpu === null ? 0 : 1)
