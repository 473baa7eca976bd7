/**
 * The loop: a queue, some slots and one judge. The agents think while the slots train; a free slot takes what is most
 * urgent; one slot and an empty queue is karpathy/autoresearch's order of things.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { isOver } from '../record/unfinished.ts'
import type { EarlierNoise } from '../stats/noise.ts'
import { giveUp, settle, unmeasured } from './judge.ts'
import { bestOf, type Floor, openFloor } from './loopState.ts'
import { type Clock, makePlan, type Plan, type Stop, stopReason } from './plan.ts'
import { isSpent, nextReturn, silentFor } from './propose/agentPool.ts'
import type { Enlisted } from './propose/checkedAgents.ts'
import { gatherCrew } from './propose/poolEvents.ts'
import { think } from './propose/requestProposals.ts'
import type { Night } from './session/context.ts'
import { occupy } from './slots.ts'
import { runBaseline } from './train/baseline.ts'
import { runSeconds } from './train/repeats.ts'

/**
 * Runs experiments until a stop rule holds and what runs has finished.
 * @param pairs runs of baseline and tip that confirm will make afterwards; time is left for them
 * @throws {Failure} when the baseline does not run: a night of crashes helps nobody
 */
export async function loop(
  night: Night,
  roster: Enlisted[],
  clock: Clock,
  pairs: number,
  earlier: EarlierNoise[],
): Promise<Stop> {
  const crew = await gatherCrew(night, roster)
  const baseline = await runBaseline(night)
  if (baseline.status === 'aborted') return interrupted
  const floor = openFloor(night, crew, earlier)
  const { busy, thinking, quit } = floor
  const finish = asked(night.interrupt.finish)
  try {
    for (;;) {
      if (floor.broken) throw floor.broken.error
      const now = performance.now()
      const plan = makePlan(night.contract, clock, runSeconds(night.state), pairs, night.slots.length)
      floor.stop ??= reasonToStop(floor, plan, clock)
      if (floor.stop) quit.abort()
      else think(floor)
      for (const slot of night.slots) if (!busy.has(slot)) occupy(floor, slot, plan.experiments)
      if (busy.size === 0 && thinking.size === 0) {
        const stop = floor.stop ?? (isExhausted(floor) ? exhausted : null)
        if (stop) return await close(floor, stop)
      }
      await Promise.race([...busy.values(), ...thinking, ...pause(floor, now), ...(floor.stop ? [] : [finish])])
    }
  } finally {
    quit.abort()
    await Promise.all([...busy.values(), ...thinking])
  }
}

const interrupted: Stop = { kind: 'interrupted', detail: 'stopped by hand' }
const exhausted: Stop = { kind: 'exhausted', detail: 'no agent has a proposal left' }

function reasonToStop(floor: Floor, plan: Plan, clock: Clock): Stop | null {
  const { night, crew } = floor
  if (night.interrupt.finish.aborted) return interrupted
  const silent = plan.end === null ? silentFor(crew, bestOf(floor), performance.now()) : null
  return (
    stopReason(night.contract, night.state, plan, clock.elapsed()) ??
    (silent === null ? null : { kind: 'agent', detail: silent })
  )
}

const isExhausted = (floor: Floor): boolean => floor.queue.length === 0 && isSpent(floor.crew, bestOf(floor))

/** Candidates that are not run any more are recorded as that; what can go on later leaves them to `--resume`. */
async function close({ night, crew }: Floor, stop: Stop): Promise<Stop> {
  if (!isOver(stop.kind)) return stop
  for (const candidate of [...night.state.pending.values()]) {
    const errand = crew.errands.find(errand => errand.candidate.number === candidate.number)
    const reason = 'Aborted: the night ended before it was measured.'
    if (errand) await giveUp(night, errand)
    else await settle(night, candidate, { ...unmeasured, status: 'aborted', reason })
  }
  return stop
}

/** While agents rest, the loop looks up again when the first rest is over that was not when it looked last. */
function pause({ crew, stop }: Floor, looked: number): Promise<unknown>[] {
  const end = stop ? null : nextReturn(crew, looked)
  return end === null ? [] : [wait(Math.max(1, Math.min(end - performance.now(), 1000)))]
}

/** Resolves at the first Ctrl-C; never, when there is none. */
const asked = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : new Promise(done => signal.addEventListener('abort', done, { once: true }))
