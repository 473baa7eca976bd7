/** The slots' side of the loop: a free slot takes what is most urgent. */
import type { Experiment } from '../record/schema.ts'
import { tip } from '../record/state.ts'
import { consider, giveUp } from './judge.ts'
import { bestOf, breakDown, type Floor } from './loopState.ts'
import { canMend, isStalled } from './propose/agentPool.ts'
import type { Slot } from './session/context.ts'
import { checkRun, dueRepeat, idleRepeat, repeat } from './train/repeats.ts'
import { type RunOrder, train } from './train/train.ts'

/** So many failed runs in a row look like the machine rather than the ideas. */
const manyFailures = 5

/** Gives a free slot the most urgent piece of work, if there is any. */
export function occupy(floor: Floor, slot: Slot, planned: number | null): void {
  const { busy } = floor
  const work = floor.stop ? null : chooseWork(floor, planned)
  if (!work) return
  const job = work(slot)
    .catch(error => breakDown(floor, error))
    .finally(() => busy.delete(slot))
  busy.set(slot, job)
}

type Work = (slot: Slot) => Promise<void>

function chooseWork(floor: Floor, planned: number | null): Work | null {
  const { night, queue, crew, busy, given } = floor
  if (night.state.failures >= manyFailures) return busy.size > 0 ? null : slot => checkMachine(floor, slot)
  const due = dueRepeat(night, planned, given, performance.now() - floor.repeatedAt)
  if (due) return repeating(floor, due)
  const number = queue.shift()
  if (number !== undefined) return slot => runCandidate(floor, number, slot)
  // No candidate is ready: while nobody can make one, what is kept is run again rather than nothing.
  const idle = isStalled(crew, bestOf(floor), performance.now()) ? idleRepeat(night, given) : null
  return idle && repeating(floor, idle)
}

/** Given to a slot from here on, so that no other slot makes the same. */
function repeating(floor: Floor, order: RunOrder): Work {
  const { night, given, earlier } = floor
  given.add(order)
  floor.repeatedAt = performance.now()
  return async slot => {
    await repeat(night, order, slot, earlier).finally(() => given.delete(order))
  }
}

/** A candidate in a slot, from its first run to its verdict. */
async function runCandidate(floor: Floor, number: number, slot: Slot): Promise<void> {
  const { night, crew } = floor
  for (;;) {
    const next = await night.judge(() => consider(night, number))
    if ('judged' in next) return
    if ('errand' in next) {
      const { errand } = next
      if (errand.kind === 'redo' || canMend(crew, errand)) crew.errands.push(errand)
      else await night.judge(() => giveUp(night, errand))
      return
    }
    // A run that would follow another is left to `--resume`, or ends as aborted, when the night is over.
    const over = floor.stop !== null || floor.broken !== null || night.interrupt.finish.aborted
    if (over && (night.state.open.get(number)?.length ?? 0) > 0) return
    await train(night, next.run, slot)
  }
}

async function checkMachine(floor: Floor, slot: Slot): Promise<void> {
  const { night, earlier } = floor
  const best = tip(night.state) as Experiment
  night.terminal.step('check', `${night.state.failures} runs in a row failed; the best is run again`)
  const run = await repeat(night, checkRun(night, floor.given), slot, earlier)
  if (run.outcome !== 'ok' && run.outcome !== 'aborted')
    floor.stop = {
      kind: 'machine',
      detail: `the best (${best.description}) fails as well: the machine rather than the ideas is broken (${run.why ?? run.outcome})`,
    }
}
