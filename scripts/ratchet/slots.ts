/** The slots' side of the loop: a free slot takes what is most urgent, and takes a candidate to its verdict. */
import type { Experiment } from '../record/schema.ts'
import { headOf } from '../record/state.ts'
import { giveUp, judgeNext } from './judge.ts'
import { headNumber, type LoopState, recordFailure } from './loopState.ts'
import { canRework, isStalled } from './propose/agentPool.ts'
import type { Slot } from './session/context.ts'
import { checkRun, dueRepeat, idleRepeat, repeat } from './train/repeats.ts'
import { type RunOrder, train } from './train/train.ts'

/** So many failed runs in a row look like the machine rather than the ideas. */
const failuresBeforeCheck = 5

/**
 * Gives each free slot the most urgent piece of work, if there is any; when the loop stops there is none.
 * @param planned experiments that the session is expected to hold
 */
export function fillSlots(loop: LoopState, planned: number | null): void {
  const { context, busySlots } = loop
  for (const slot of context.slots) {
    const work = busySlots.has(slot) || loop.stop ? null : chooseWork(loop, planned)
    if (!work) continue
    const job = work(slot)
      .catch(error => recordFailure(loop, error))
      .finally(() => busySlots.delete(slot))
    busySlots.set(slot, job)
  }
}

type Work = (slot: Slot) => Promise<void>

function chooseWork(loop: LoopState, planned: number | null): Work | null {
  const { context, queue, pool, busySlots, assignedRepeats } = loop
  if (context.state.failures >= failuresBeforeCheck) return busySlots.size > 0 ? null : slot => checkMachine(loop, slot)
  const due = dueRepeat(context, planned, assignedRepeats, performance.now() - loop.lastRepeatAt)
  if (due) return assignRepeat(loop, due)
  const number = queue.shift()
  if (number !== undefined) return slot => runCandidate(loop, number, slot)
  // No candidate is ready: while nobody can make one, what is kept is run again rather than nothing.
  const idle = isStalled(pool, headNumber(loop), performance.now()) ? idleRepeat(context, assignedRepeats) : null
  return idle && assignRepeat(loop, idle)
}

/** Given to a slot from here on, so that no other slot makes the same. */
function assignRepeat(loop: LoopState, order: RunOrder): Work {
  const { context, assignedRepeats, earlierNoise } = loop
  assignedRepeats.add(order)
  loop.lastRepeatAt = performance.now()
  return async slot => {
    await repeat(context, order, slot, earlierNoise).finally(() => assignedRepeats.delete(order))
  }
}

/** A candidate in a slot: trained and judged in turn, until it has its verdict or goes back to its agent. */
async function runCandidate(loop: LoopState, number: number, slot: Slot): Promise<void> {
  const { context, pool } = loop
  for (;;) {
    const next = await context.judge(() => judgeNext(context, number))
    if (next.kind === 'judged') return
    if (next.kind === 'rework') {
      const { request } = next
      if (request.kind === 'conflict' || canRework(pool, request)) pool.reworkRequests.push(request)
      else await context.judge(() => giveUp(context, request))
      return
    }
    // A run that would follow another is left to `--resume`, or ends as aborted, when the session is over.
    const isOver = loop.stop !== null || loop.failure !== null || context.interrupt.finish.aborted
    if (isOver && (context.state.open.get(number)?.length ?? 0) > 0) return
    await train(context, next.order, slot)
  }
}

/** Runs the head again: where that fails, the machine is broken, not the candidates. */
async function checkMachine(loop: LoopState, slot: Slot): Promise<void> {
  const { context, earlierNoise } = loop
  const head = headOf(context.state) as Experiment
  context.terminal.step('check', `${context.state.failures} runs in a row failed; the best is run again`)
  const run = await repeat(context, checkRun(context, loop.assignedRepeats), slot, earlierNoise)
  if (run.outcome !== 'ok' && run.outcome !== 'aborted')
    loop.stop = {
      kind: 'machine',
      detail: `the best (${head.description}) fails as well: the machine rather than the ideas is broken (${run.why ?? run.outcome})`,
    }
}
