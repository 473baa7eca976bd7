/**
 * The loop: a queue, some slots and one judge. The agent thinks while the slots train; a free slot takes what is most
 * urgent; one slot and an empty queue is karpathy/autoresearch's order of things.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Experiment } from '../record/schema.ts'
import { tip } from '../record/state.ts'
import type { EarlierNoise } from '../stats/noise.ts'
import { runBaseline } from './baseline.ts'
import { type Crew, gatherCrew } from './crew.ts'
import { consider, settle, unmeasured } from './judge.ts'
import type { Night, Slot } from './night.ts'
import { type Clock, makePlan, type Stop, stopReason } from './plan.ts'
import { propose } from './propose.ts'
import { checkRun, dueRepeat, idleRepeat, repeat, runSeconds } from './repeats.ts'
import { train } from './train.ts'

/** So many failed runs in a row look like the machine rather than the ideas. */
const manyFailures = 5

interface Floor {
  night: Night
  crew: Crew
  /** Candidates that wait for a slot, by number. */
  queue: number[]
  /** What each slot does. */
  busy: Map<Slot, Promise<void>>
  thinking: Promise<void> | null
  stop: Stop | null
  earlier: EarlierNoise[]
}

/**
 * Runs experiments until a stop rule holds and what runs has finished.
 * @param pairs runs of baseline and tip that confirm will make afterwards; time is left for them
 * @throws {Failure} when the baseline does not run: a night of crashes helps nobody
 */
export async function loop(night: Night, clock: Clock, pairs: number, earlier: EarlierNoise[]): Promise<Stop> {
  const crew = gatherCrew(night)
  const baseline = await runBaseline(night)
  if (baseline.status === 'aborted') return interrupted
  const floor: Floor = {
    night,
    crew,
    queue: [...night.state.pending.keys()],
    busy: new Map(),
    thinking: null,
    stop: null,
    earlier,
  }
  const finish = asked(night.interrupt.finish)
  try {
    for (;;) {
      const plan = makePlan(night.contract, clock, runSeconds(night.state), pairs, night.slots.length)
      floor.stop ??= night.interrupt.finish.aborted
        ? interrupted
        : stopReason(night.contract, night.state, plan, clock.elapsed())
      if (!floor.stop) think(floor)
      for (const slot of night.slots) if (!floor.busy.has(slot)) occupy(floor, slot, plan.experiments)
      if (floor.busy.size === 0 && floor.thinking === null) {
        const stop = floor.stop ?? (isExhausted(floor) ? exhausted : null)
        if (stop) return await close(floor, stop)
      }
      const thinking = floor.thinking === null ? [] : [floor.thinking]
      await Promise.race([...floor.busy.values(), ...thinking, ...pause(floor), ...(floor.stop ? [] : [finish])])
    }
  } finally {
    await Promise.allSettled(floor.busy.values())
  }
}

const interrupted: Stop = { kind: 'interrupted', detail: 'stopped by hand' }
const exhausted: Stop = { kind: 'exhausted', detail: 'no agent has a proposal left' }

const isExhausted = ({ crew, queue }: Floor): boolean => crew.current >= crew.agents.length && queue.length === 0

/** Candidates that are not run any more are recorded as that; after Ctrl-C they wait for `--resume`. */
async function close({ night, crew }: Floor, stop: Stop): Promise<Stop> {
  if (stop.kind === 'interrupted' || stop.kind === 'machine') return stop
  for (const candidate of [...night.state.pending.values()]) {
    const again = crew.redo.find(redo => redo.candidate.number === candidate.number)
    const status = again ? 'unstackable' : 'aborted'
    const reason = again ? `Not stackable: ${again.why}.` : 'Aborted: the night ended before it was measured.'
    await settle(night, candidate, { ...unmeasured, status, reason })
  }
  return stop
}

/** Asks for a proposal when fewer are ready than free slots and `ahead` want, and the limit leaves room for one. */
function think(floor: Floor): void {
  const { night, crew, queue, busy } = floor
  const { contract, state, slots } = night
  if (floor.thinking || performance.now() < crew.notBefore || crew.current >= crew.agents.length) return
  if (queue.length >= slots.length - busy.size + aheadOf(night)) return
  const made = state.experiments.length - 1 + state.pending.size
  if (crew.redo.length === 0 && contract.experiments !== null && made >= contract.experiments) return
  floor.thinking = propose(night, crew)
    .then(candidate => {
      if (candidate) queue.push(candidate.number)
    })
    .finally(() => {
      floor.thinking = null
    })
  floor.thinking.catch(() => {}) // told by the race
}

/** 1 where a GPU trains; on CPUs thinking would disturb the measurement. */
export const aheadOf = ({ contract, slots }: Night): number => contract.ahead ?? (slots[0].gpu === null ? 0 : 1)

/** Gives a free slot the most urgent piece of work, if there is any. */
function occupy(floor: Floor, slot: Slot, planned: number | null): void {
  const { busy } = floor
  const work = floor.stop ? null : chooseWork(floor, planned)
  if (!work) return
  const job = work(slot).finally(() => busy.delete(slot))
  job.catch(() => {}) // told by the race
  busy.set(slot, job)
}

type Work = (slot: Slot) => Promise<void>

function chooseWork(floor: Floor, planned: number | null): Work | null {
  const { night, queue, crew, earlier, busy, thinking } = floor
  if (night.state.failures >= manyFailures) return busy.size > 0 ? null : slot => checkMachine(floor, slot)
  const due = dueRepeat(night, planned)
  if (due) return async slot => void (await repeat(night, due, slot, earlier))
  const number = queue.shift()
  if (number !== undefined) return slot => runCandidate(floor, number, slot)
  // No candidate is ready: while the agent is down, what is kept is run again rather than nothing.
  const down = performance.now() < crew.notBefore && thinking === null
  const idle = down ? idleRepeat(night) : null
  return idle && (async slot => void (await repeat(night, idle, slot, earlier)))
}

/** A candidate in a slot, from its first run to its verdict. */
async function runCandidate({ night, crew }: Floor, number: number, slot: Slot): Promise<void> {
  for (;;) {
    const next = await night.judge(() => consider(night, number))
    if ('judged' in next) return
    if ('redo' in next) {
      crew.redo.push({ candidate: next.redo, why: next.why })
      return
    }
    // A run that would follow another is left to `--resume`, or ends as aborted, when the night is over.
    if (night.interrupt.finish.aborted && (night.state.open.get(number)?.length ?? 0) > 0) return
    await train(night, next.run, slot)
  }
}

async function checkMachine(floor: Floor, slot: Slot): Promise<void> {
  const { night, earlier } = floor
  const best = tip(night.state) as Experiment
  night.terminal.step('check', `${night.state.failures} runs in a row failed; the best is run again`)
  const run = await repeat(night, checkRun(night), slot, earlier)
  if (run.outcome !== 'ok' && run.outcome !== 'aborted')
    floor.stop = {
      kind: 'machine',
      detail: `the best (${best.description}) fails as well: the machine rather than the ideas is broken (${run.why ?? run.outcome})`,
    }
}

/** While the agent pauses after a failure, the loop looks up again when that is over. */
function pause({ crew, thinking }: Floor): Promise<unknown>[] {
  const rest = crew.notBefore - performance.now()
  return thinking === null && rest > 0 ? [wait(Math.min(rest, 1000))] : []
}

/** Resolves at the first Ctrl-C; never, when there is none. */
const asked = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : new Promise(done => signal.addEventListener('abort', done, { once: true }))
