/** Assigns work to free slots: machine checks and repeats that are due, then candidates, then idle repeats. */
import type { Engine, Place } from '../engines/engine.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment } from '../record/schema.ts'
import { headOf } from '../record/state.ts'
import { type NextStep, recordWithoutRework } from './concludeCandidate.ts'
import { untilResumed } from './control/pause.ts'
import { judgeNext } from './judge.ts'
import { membersToQueue } from './judgeSweep.ts'
import { headNumber, type LoopState, recordFailure } from './loopState.ts'
import { canRework, isStalled } from './propose/agentPool.ts'
import { latest } from './propose/pace.ts'
import type { Slot } from './session/context.ts'
import { settlingRun } from './slowNodes.ts'
import { membersOf, openSweeps } from './sweeps.ts'
import { PlaceLost } from './train/execute/elsewhere.ts'
import { isReady, leftOutAs } from './train/execute/places.ts'
import { dueRepeat, headCheck, idleRepeat, lostRepeat, repeat } from './train/repeats.ts'
import { type RunOrder, recoverRun, train } from './train/train.ts'

/** Failed runs in a row after which the head is run again, to check the machine. */
const failuresBeforeCheck = 5

/**
 * Assigns work to each free slot, unless the loop stops.
 * @param planned expected number of experiments of the session; null when unlimited
 */
export function fillSlots(loop: LoopState, planned: number | null): void {
  const { context, busySlots } = loop
  if (!loop.stop) queueSweeps(loop)
  for (const slot of context.slots) {
    // A place that waits holds no candidate: another slot may be ready before it.
    const place = context.engine?.places[slot.index]
    if (context.engine !== null && !isReady(context, context.engine, slot)) {
      if (place !== undefined && !busySlots.has(slot) && !loop.stop) replaceSlow(loop, context.engine, slot, place)
      continue
    }
    const work = busySlots.has(slot) || loop.stop ? null : chooseWork(loop, slot, planned)
    if (!work) continue
    occupy(loop, slot, work)
  }
}

/** Where the engine can, a place on a node that is left out is given back, and asked for on another. */
function replaceSlow(loop: LoopState, engine: Engine, slot: Slot, place: Place): void {
  const { replace } = engine
  if (replace === undefined || leftOutAs(loop.context, engine, place) === null) return
  occupy(loop, slot, () => replace(slot.index))
}

function occupy(loop: LoopState, slot: Slot, work: Work): void {
  const job = work(slot)
    .catch(error => recordFailure(loop, error))
    .finally(() => loop.busySlots.delete(slot))
  loop.busySlots.set(slot, job)
}

/**
 * Lets the slots wait for the runs that an earlier harness left on the engine. Their candidates are judged then, or trained again
 * by a slot that is ready.
 */
export function takeOver(loop: LoopState): void {
  const { context, queue } = loop
  for (const run of context.state.running.values()) {
    const slot = context.slots.find(({ index }) => index === run.slot)
    if (slot === undefined || loop.busySlots.has(slot)) continue
    const at = queue.indexOf(run.experiment)
    if (at >= 0) queue.splice(at, 1)
    // Its seed is taken.
    if (at < 0) loop.assignedRepeats.add(run)
    occupy(loop, slot, async () => {
      await recoverRun(context, run).finally(() => loop.assignedRepeats.delete(run))
      putFirst(loop, run.experiment)
    })
  }
}

/** Puts a pending candidate first in the queue, unless it is there or a slot has it. */
function putFirst({ context, queue, inHand }: LoopState, number: number): void {
  if (context.state.pending.has(number) && !inHand.has(number) && !queue.includes(number)) queue.unshift(number)
}

/** Sees to it that each sweep with a member without a verdict has one that a slot takes. */
function queueSweeps(loop: LoopState): void {
  const { context, queue, inHand } = loop
  for (const first of openSweeps(context.state)) {
    const numbers = membersOf(context.state, first).pending.map(({ number }) => number)
    const isRunning = [...context.state.running.values()].some(run => numbers.includes(run.experiment))
    const isTaken = isRunning || numbers.some(number => queue.includes(number) || inHand.has(number))
    if (!isTaken) queue.push(...membersToQueue(context, first))
  }
}

/** The next candidate of the queue, which the slot then has in hand. */
function takeNext({ context, queue, inHand }: LoopState): number | null {
  for (let number = queue.shift(); number !== undefined; number = queue.shift()) {
    // The last of a sweep to be measured puts the best into the queue, which may be there since the resumption.
    if (!context.state.pending.has(number) || inHand.has(number)) continue
    inHand.add(number)
    return number
  }
  return null
}

type Work = (slot: Slot) => Promise<void>

function chooseWork(loop: LoopState, slot: Slot, planned: number | null): Work | null {
  const { context, pool, busySlots, assignedRepeats } = loop
  if (context.state.failures >= failuresBeforeCheck) return busySlots.size > 0 ? null : slot => checkMachine(loop, slot)
  const lost = lostRepeat(context, assignedRepeats)
  if (lost) return assignRepeat(loop, lost)
  const settling =
    context.engine && settlingRun(context, context.engine, slot, { assigned: assignedRepeats, made: loop.settledNodes })
  if (settling) return assignRepeat(loop, settling)
  const due = dueRepeat(context, planned, assignedRepeats, performance.now() - loop.lastRepeatAt)
  if (due) return assignRepeat(loop, due)
  const number = takeNext(loop)
  if (number !== null) return slot => runCandidate(loop, number, slot).finally(() => loop.inHand.delete(number))
  // While no agent can propose, kept experiments are run again so that slots do not idle.
  const idle = isStalled(pool, headNumber(loop), performance.now()) ? idleRepeat(context, assignedRepeats) : null
  return idle && assignRepeat(loop, idle)
}

/** Marks a repeat as assigned, so that no other slot makes the same one. */
function assignRepeat(loop: LoopState, order: RunOrder): Work {
  const { context, assignedRepeats, earlierNoise } = loop
  assignedRepeats.add(order)
  loop.lastRepeatAt = performance.now()
  return async slot => {
    await repeat(context, order, slot, earlierNoise)
      .catch(ofLostPlace)
      .finally(() => assignedRepeats.delete(order))
  }
}

/** Trains and judges a candidate until it has its verdict or goes back to its agent. */
async function runCandidate(loop: LoopState, number: number, slot: Slot): Promise<void> {
  const { context, pool } = loop
  const began = performance.now()
  for (let runs = 0; ; runs++) {
    const next = await context.judge(() => judgeAndHandOn(loop, number))
    if (next.kind !== 'run' && runs > 0) noteOccupied(loop, began)
    if (next.kind === 'judged' || next.kind === 'waits' || next.kind === 'chosen') return
    if (next.kind === 'rework') {
      const { request } = next
      if (request.kind === 'conflict' || canRework(pool, request)) pool.reworkRequests.push(request)
      else await context.judge(() => recordWithoutRework(context, request))
      return
    }
    const wasPaused = context.pause.over !== null
    await untilResumed(context)
    // When the loop stops, a run after another or after a pause is left to `session resume`; in a session that is over
    // the candidate is recorded as aborted. Where pairs were begun in time, the plan has reserved the rest of them.
    const isOver =
      (loop.stop !== null && !finishesPairs(loop)) || loop.failure !== null || context.interrupt.finish.aborted
    if (isOver && (wasPaused || (context.state.open.get(number)?.length ?? 0) > 0)) return
    const run = await train(context, next.order, slot).catch(ofLostPlace)
    if (run === null) {
      loop.queue.unshift(number)
      return
    }
  }
}

function noteOccupied({ occupied }: LoopState, began: number): void {
  occupied.push((performance.now() - began) / 1000)
  occupied.splice(0, occupied.length - latest)
}

/** Judges a candidate. The best of a sweep goes on in the queue; it is no longer in hand before another call judges. */
async function judgeAndHandOn(loop: LoopState, number: number): Promise<NextStep> {
  // Another slot, which had the last of its sweep in hand, has judged it.
  if (!loop.context.state.pending.has(number)) return { kind: 'waits' }
  const next = await judgeNext(loop.context, number)
  if (next.kind === 'waits' || next.kind === 'chosen') loop.inHand.delete(number)
  if (next.kind === 'chosen') putFirst(loop, next.best)
  return next
}

/** What was to be made there is made by another slot. */
function ofLostPlace(error: unknown): null {
  if (error instanceof PlaceLost) return null
  throw error
}

/** Whether a candidate's further pairs are made although the loop stops: no person and no failure stopped it. */
const finishesPairs = ({ context, stop }: LoopState): boolean =>
  isPaired(context.state.session) && stop?.kind !== 'interrupted' && stop?.kind !== 'machine'

/** Runs the head again. When that fails too, the machine is at fault and the loop stops. */
async function checkMachine(loop: LoopState, slot: Slot): Promise<void> {
  const { context, earlierNoise } = loop
  const head = headOf(context.state) as Experiment
  context.terminal.step(
    'check',
    `${context.state.failures} runs in a row failed; running the head again to check the machine`,
  )
  const run = await repeat(context, headCheck(context, loop.assignedRepeats), slot, earlierNoise).catch(ofLostPlace)
  if (run !== null && run.outcome !== 'ok' && run.outcome !== 'aborted')
    loop.stop = {
      kind: 'machine',
      detail: `the head (${head.description}) fails too, so the machine is likely at fault (${run.why ?? run.outcome})`,
    }
}
