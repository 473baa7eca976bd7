/**
 * The loop. An experiment goes through these steps, and new ones begin until a stop rule holds:
 *
 *     propose   an agent edits a worktree of its own       propose/requestProposals.ts, propose/propose.ts
 *     guard     edits that may not be trained are refused  propose/guard.ts
 *     commit    edits become a commit, a ref and a patch   propose/candidate.ts
 *     train     a free slot runs the candidate             slots.ts, train/train.ts
 *     measure   the run's log becomes a metric             train/measure.ts
 *     decide    keep, discard, run again, rebase or fix    judge.ts, decide.ts
 *     record    journal, branch and tables get the verdict record.ts
 *     stop      the stop rules                             plan.ts
 *
 * Agents propose while slots train: proposals wait in a queue, and a free slot takes what is most urgent. With one slot
 * and an empty queue the order is karpathy/autoresearch's.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { find } from '../record/state.ts'
import { isOver } from '../record/unfinished.ts'
import type { EarlierNoise } from '../stats/noise.ts'
import { untilResumed } from './control/pause.ts'
import { giveUp, settle, unmeasured } from './judge.ts'
import {
  headNumber,
  isIdle,
  type LoopContext,
  type LoopState,
  openLoopState,
  throwFailure,
  underWay,
} from './loopState.ts'
import { type Clock, makePlan, type Plan, type Stop, stopReason } from './plan.ts'
import { areAllExhausted, nextBackoffEnd, whySilent } from './propose/agentPool.ts'
import type { CheckedAgent } from './propose/checkedAgents.ts'
import { openAgentPool } from './propose/poolEvents.ts'
import { requestProposals } from './propose/requestProposals.ts'
import { fillSlots } from './slots.ts'
import { runBaseline } from './train/baseline.ts'
import { runSeconds } from './train/repeats.ts'

/**
 * Runs experiments until a stop rule holds and what is under way has finished.
 * @param pairs runs of baseline and head that confirm will make afterwards; time is left for them
 * @throws {Failure} when the baseline does not run: no candidate could be compared with anything
 */
export async function runLoop(
  context: LoopContext,
  agents: CheckedAgent[],
  clock: Clock,
  pairs: number,
  earlierNoise: EarlierNoise[],
): Promise<Stop> {
  const pool = await openAgentPool(context, agents)
  await untilResumed(context)
  // A session that is stopped before its first run makes none.
  if (context.interrupt.finish.aborted && !find(context.state, 0)) return interrupted
  const baseline = await runBaseline(context)
  if (baseline.status === 'aborted') return interrupted
  const loop = openLoopState(context, pool, earlierNoise)
  const firstInterrupt = whenAborted(context.interrupt.finish)
  try {
    for (;;) {
      throwFailure(loop)
      if (context.pause.over !== null) {
        await pauseLoop(loop, context.pause.over)
        continue
      }
      const now = performance.now()
      const plan = makePlan(context.contract, clock, runSeconds(context.state), pairs, context.slots.length)
      loop.stop ??= shouldStop(loop, plan, clock)
      if (loop.stop) loop.cancelTurns.abort()
      else requestProposals(loop)
      fillSlots(loop, plan.experiments)
      if (isIdle(loop)) {
        const stop = loop.stop ?? (isExhausted(loop) ? exhausted : null)
        if (stop) return await closeLoop(loop, stop)
      }
      await Promise.race([...underWay(loop), ...backoffEnd(loop, now), ...(loop.stop ? [] : [firstInterrupt])])
    }
  } finally {
    loop.cancelTurns.abort()
    await Promise.all(underWay(loop))
  }
}

/** Waits for the end of a pause, or of something that is still under way. */
async function pauseLoop(loop: LoopState, over: Promise<void>): Promise<void> {
  const began = performance.now()
  await Promise.race([...underWay(loop), over])
  // No agent is asked in a pause, so none is silent in it.
  for (const { backoff } of loop.pool.agents) if (backoff) backoff.since += performance.now() - began
}

const interrupted: Stop = { kind: 'interrupted', detail: 'stopped by hand' }
const exhausted: Stop = { kind: 'exhausted', detail: 'no agent has a proposal left' }

/** Why nothing new is begun; null while no stop rule holds. */
function shouldStop(loop: LoopState, plan: Plan, clock: Clock): Stop | null {
  const { context, pool } = loop
  if (context.interrupt.finish.aborted) return interrupted
  const silent = plan.end === null ? whySilent(pool, headNumber(loop), performance.now()) : null
  return (
    stopReason(context.contract, context.state, plan, clock.elapsed()) ??
    (silent === null ? null : { kind: 'agent', detail: silent })
  )
}

const isExhausted = (loop: LoopState): boolean =>
  loop.queue.length === 0 && areAllExhausted(loop.pool, headNumber(loop))

/** Candidates that are not run any more are recorded as that; what can go on later leaves them to `session resume`. */
async function closeLoop({ context, pool }: LoopState, stop: Stop): Promise<Stop> {
  if (!isOver(stop.kind)) return stop
  for (const candidate of [...context.state.pending.values()]) {
    const request = pool.reworkRequests.find(request => request.candidate.number === candidate.number)
    const reason = 'Aborted: the night ended before it was measured.'
    if (request) await giveUp(context, request)
    else await settle(context, candidate, { ...unmeasured, status: 'aborted', reason })
  }
  return stop
}

/** Resolves when the first backoff ends that had not ended when the loop looked last, after a second at most. */
function backoffEnd({ pool, stop }: LoopState, looked: number): Promise<unknown>[] {
  const end = stop ? null : nextBackoffEnd(pool, looked)
  return end === null ? [] : [wait(Math.max(1, Math.min(end - performance.now(), 1000)))]
}

/** Resolves when the signal is aborted, which may be never. */
const whenAborted = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : new Promise(done => signal.addEventListener('abort', done, { once: true }))
