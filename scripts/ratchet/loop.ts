/**
 * The loop. An experiment goes through these steps, and new ones begin until a stop rule holds:
 *
 *     propose   an agent edits its worktree                      propose/requestProposals.ts, propose/propose.ts
 *     guard     edits outside the contract are refused           propose/guard.ts
 *     commit    edits become a commit, a ref and a patch         propose/candidate.ts
 *     train     a free slot runs the candidate                   slots.ts, train/train.ts
 *     measure   the metric is read from the run's log            train/measure/
 *     decide    keep, discard, run again, rebase or fix          judge.ts, decide.ts
 *     record    the verdict goes to journal, branch and tables   recordVerdict.ts
 *     stop      the stop rules                                   plan.ts
 *
 * Agents propose while slots train: candidates wait in a queue until a slot is free. With one slot and an empty queue
 * the steps run in karpathy/autoresearch's order.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Engine } from '../engines/engine.ts'
import { findExperiment } from '../record/state.ts'
import { isOver } from '../record/unfinished.ts'
import type { EarlierNoise } from '../stats/noise.ts'
import { recordOutcome, recordWithoutRework } from './concludeCandidate.ts'
import { untilResumed } from './control/pause.ts'
import { noMeasurement } from './evaluate.ts'
import { whyHooksStop } from './hooks/userHooks.ts'
import { closeSweeps } from './judgeSweep.ts'
import {
  headNumber,
  isIdle,
  type LoopContext,
  type LoopState,
  openLoopState,
  throwFailure,
  underWay,
} from './loopState.ts'
import { type Clock, makePlan, medianRunSeconds, type Plan, type Stop, stopReason } from './plan.ts'
import { areAllExhausted, nextBackoffEnd, whySilent } from './propose/agentPool.ts'
import type { CheckedAgent } from './propose/checkedAgents.ts'
import { openAgentPool } from './propose/poolEvents.ts'
import { requestProposals } from './propose/requestProposals.ts'
import { fillSlots, takeOver } from './slots.ts'
import { leaveOutSlow } from './slowNodes.ts'
import { runBaseline } from './train/baseline.ts'
import { changeOf, readyBefore, whyNoneLeft } from './train/execute/places.ts'
import { runOrigin } from './train/origin.ts'

/**
 * Runs experiments until a stop rule holds, then waits for the runs under way.
 * @param pairs pairs of runs, baseline and head, that confirm makes afterwards; the plan reserves time for them
 * @param readEarlierNoise called after the baseline's first run, which says what the data is
 * @throws {Failure} when the baseline run fails
 */
export async function runLoop(
  context: LoopContext,
  agents: CheckedAgent[],
  clock: Clock,
  pairs: number,
  readEarlierNoise: () => Promise<EarlierNoise[]>,
): Promise<Stop> {
  const pool = await openAgentPool(context, agents)
  await untilResumed(context)
  // A session that is stopped before its first run makes none.
  if (context.interrupt.finish.aborted && !findExperiment(context.state, 0)) return interrupted
  const late = context.engine === null ? null : await waitForPlace(context, context.engine, clock)
  if (late !== null) return late
  const baseline = await runBaseline(context)
  if (baseline.status === 'aborted' || !(await runOrigin(context))) return interrupted
  const loop = openLoopState(context, pool, await readEarlierNoise())
  if (context.engine !== null) takeOver(loop)
  for (const { node } of context.state.session.slowNodes ?? []) context.engine?.avoid?.(node)
  const firstInterrupt = whenAborted(context.interrupt.finish)
  try {
    for (;;) {
      throwFailure(loop)
      if (context.pause.over !== null) {
        await pauseLoop(loop, context.pause.over)
        continue
      }
      const now = performance.now()
      const plan = makePlan(
        context.contract,
        clock,
        medianRunSeconds(context.state),
        pairs,
        context.slots.length,
        context.state.session.inherited !== undefined,
      )
      loop.stop ??= shouldStop(loop, plan, clock)
      if (loop.stop) loop.cancelTurns.abort()
      else requestProposals(loop, plan.runSeconds * plan.experimentRuns)
      if (context.engine !== null) await leaveOutSlow(context, context.engine)
      fillSlots(loop, plan.experiments)
      if (isIdle(loop)) {
        const stop = loop.stop ?? (isExhausted(loop) ? exhausted : null)
        if (stop) return await closeLoop(loop, stop)
      }
      const places = loop.stop || context.engine === null ? [] : [placeChange(loop, context.engine)]
      await Promise.race([
        ...underWay(loop),
        ...backoffEnd(loop, now),
        ...places,
        ...(loop.stop ? [] : [firstInterrupt]),
      ])
    }
  } finally {
    loop.cancelTurns.abort()
    await Promise.all(underWay(loop))
  }
}

/** Waits for the first place of a session that has no baseline yet. @returns what ended the wait; null: a place is ready */
async function waitForPlace(context: LoopContext, engine: Engine, clock: Clock): Promise<Stop | null> {
  if (findExperiment(context.state, 0)) return null
  const { end } = makePlan(context.contract, clock, null, 0)
  const seconds = end === null ? Number.POSITIVE_INFINITY : end - clock.elapsed()
  if ((await readyBefore(context, engine, seconds)) !== null) return null
  return context.interrupt.finish.aborted
    ? interrupted
    : { kind: 'interrupted', detail: 'no place of the engine was ready before the end of the session' }
}

/** Waits for the end of a pause, or of something that is still under way. */
async function pauseLoop(loop: LoopState, over: Promise<void>): Promise<void> {
  const began = performance.now()
  await Promise.race([...underWay(loop), over])
  // No agent is asked in a pause, so none is silent in it.
  for (const { backoff } of loop.pool.agents) if (backoff) backoff.since += performance.now() - began
}

const interrupted: Stop = { kind: 'interrupted', detail: 'stopped by hand' }
const exhausted: Stop = { kind: 'exhausted', detail: 'no agent has another proposal' }

/** The stop rule that holds; null while none does. */
function shouldStop(loop: LoopState, plan: Plan, clock: Clock): Stop | null {
  const { context, pool } = loop
  if (context.interrupt.finish.aborted) return interrupted
  const broken = whyHooksStop(context.userHooks)
  if (broken !== null) return { kind: 'hook', detail: broken }
  const silent = plan.end === null ? whySilent(pool, headNumber(loop), performance.now()) : null
  return (
    stopReason(context.contract, context.state, plan, clock.elapsed()) ??
    (silent === null ? null : { kind: 'agent', detail: silent })
  )
}

const isExhausted = (loop: LoopState): boolean =>
  loop.queue.length === 0 && areAllExhausted(loop.pool, headNumber(loop))

/** Records the pending candidates as aborted when the session is over; otherwise `session resume` continues with them. */
async function closeLoop({ context, pool }: LoopState, stop: Stop): Promise<Stop> {
  await context.judge(() => closeSweeps(context, isOver(stop.kind)))
  if (!isOver(stop.kind)) return stop
  for (const candidate of [...context.state.pending.values()]) {
    const request = pool.reworkRequests.find(request => request.candidate.number === candidate.number)
    const reason = 'Aborted: the session ended before it was measured.'
    if (request) await recordWithoutRework(context, request)
    else await recordOutcome(context, candidate, { ...noMeasurement, status: 'aborted', reason })
  }
  return stop
}

/**
 * Resolves when the next backoff ends, at most after 1 s.
 * @param since time of the last check, milliseconds on the monotonic clock; backoffs that ended before it do not count
 */
function backoffEnd({ pool, stop }: LoopState, since: number): Promise<unknown>[] {
  const end = stop ? null : nextBackoffEnd(pool, since)
  return end === null ? [] : [wait(Math.max(1, Math.min(end - performance.now(), 1000)))]
}

/** Resolves when a place may have changed. @throws {Failure} when no place will be ready any more, and none has a run */
async function placeChange(loop: LoopState, engine: Engine): Promise<void> {
  const failure = loop.busySlots.size > 0 ? null : whyNoneLeft(loop.context, engine)
  if (failure !== null) throw failure
  await changeOf(engine, loop.context.interrupt.finish)
}

/** Resolves when the signal is aborted; never, if it is not. */
const whenAborted = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : new Promise(done => signal.addEventListener('abort', done, { once: true }))
