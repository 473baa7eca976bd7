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
import { checkRun, dueRepeat, idleRepeat, repeat, runSeconds, sinceLastRepeat } from './repeats.ts'
import { type RunOrder, train } from './train.ts'

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
  /** Ends the thinking: with the first Ctrl-C, and when nothing would be run any more. */
  quit: AbortController
  /** Repeats that slots have been given. */
  given: Set<RunOrder>
  /** When the last repeat was given, on the monotonic clock, milliseconds. */
  repeatedAt: number
  stop: Stop | null
  /** The first thing that went wrong with a slot or the agent's side, not with a run. */
  broken: { error: unknown } | null
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
  const floor = openFloor(night, crew, earlier)
  const finish = asked(night.interrupt.finish)
  try {
    for (;;) {
      if (floor.broken) throw floor.broken.error
      const plan = makePlan(night.contract, clock, runSeconds(night.state), pairs, night.slots.length)
      floor.stop ??= night.interrupt.finish.aborted
        ? interrupted
        : stopReason(night.contract, night.state, plan, clock.elapsed())
      if (floor.stop) floor.quit.abort()
      else think(floor)
      for (const slot of night.slots) if (!floor.busy.has(slot)) occupy(floor, slot, plan.experiments)
      if (floor.busy.size === 0 && floor.thinking === null) {
        const stop = floor.stop ?? (isExhausted(floor) ? exhausted : null)
        if (stop) return await close(floor, stop)
      }
      const thinking = floor.thinking === null ? [] : [floor.thinking]
      await Promise.race([...floor.busy.values(), ...thinking, ...pause(floor), ...(floor.stop ? [] : [finish])])
    }
  } finally {
    floor.quit.abort()
    await Promise.all([...floor.busy.values(), floor.thinking])
  }
}

function openFloor(night: Night, crew: Crew, earlier: EarlierNoise[]): Floor {
  const quit = new AbortController()
  night.interrupt.finish.addEventListener('abort', () => quit.abort())
  return {
    night,
    crew,
    queue: [...night.state.pending.keys()],
    busy: new Map(),
    thinking: null,
    quit,
    given: new Set(),
    repeatedAt: performance.now() - sinceLastRepeat(night.state, Date.now()),
    stop: null,
    broken: null,
    earlier,
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
  floor.thinking = propose(night, crew, floor.quit.signal)
    .then(candidate => {
      if (candidate) queue.push(candidate.number)
    })
    .catch(error => breakDown(floor, error))
    .finally(() => {
      floor.thinking = null
    })
}

/** What is wrong with the harness or the machine ends the night, once what runs elsewhere has finished. */
function breakDown(floor: Floor, error: unknown): void {
  floor.broken ??= { error }
}

/** 1 where a GPU trains; on CPUs thinking would disturb the measurement. */
export const aheadOf = ({ contract, slots }: Night): number => contract.ahead ?? (slots[0].gpu === null ? 0 : 1)

/** Gives a free slot the most urgent piece of work, if there is any. */
function occupy(floor: Floor, slot: Slot, planned: number | null): void {
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
  const { night, queue, crew, busy, thinking, given } = floor
  if (night.state.failures >= manyFailures) return busy.size > 0 ? null : slot => checkMachine(floor, slot)
  const due = dueRepeat(night, planned, given, performance.now() - floor.repeatedAt)
  if (due) return repeating(floor, due)
  const number = queue.shift()
  if (number !== undefined) return slot => runCandidate(floor, number, slot)
  // No candidate is ready: while the agent is down, what is kept is run again rather than nothing.
  const down = performance.now() < crew.notBefore && thinking === null
  const idle = down ? idleRepeat(night, given) : null
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
    if ('redo' in next) {
      crew.redo.push({ candidate: next.redo, why: next.why })
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

/** While the agent pauses after a failure, the loop looks up again when that is over. */
function pause({ crew, thinking }: Floor): Promise<unknown>[] {
  const rest = crew.notBefore - performance.now()
  return thinking === null && rest > 0 ? [wait(Math.min(rest, 1000))] : []
}

/** Resolves at the first Ctrl-C; never, when there is none. */
const asked = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : new Promise(done => signal.addEventListener('abort', done, { once: true }))
