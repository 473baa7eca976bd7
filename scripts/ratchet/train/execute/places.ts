/** The places of an engine as slots use them: which are ready, and waiting for one. */
import type { Engine, Place } from '../../../engines/engine.ts'
import type { Facts } from '../../../engines/facts.ts'
import { smokeFailure } from '../../../engines/smoke.ts'
import { Failure } from '../../../lib/errors.ts'
import { sanitizeText } from '../../../lib/text.ts'
import { gpusOfSlot } from '../../../program/engine.ts'
import type { SlowNode } from '../../../record/places.ts'
import type { SessionContext, Slot } from '../../session/context.ts'
import { nodeName } from './nodeName.ts'

type PlacesContext = Pick<SessionContext, 'contract'>
/** Without a state nothing has run yet. */
type RunningContext = PlacesContext & Partial<Pick<SessionContext, 'state'>>

const judged = new WeakMap<Facts, Failure | null>()

/** Why the machine of a place can execute no run; null where it can, and while it is not known. */
export function whyUnfit({ contract }: PlacesContext, { facts, root }: Place): Failure | null {
  if (facts === null) return null
  const known = judged.get(facts)
  if (known !== undefined) return known
  const nodes = contract.resources?.nodes ?? 1
  const gpus = gpusOfSlot(contract)
  const failure = smokeFailure(facts, { run: contract.run, gpus: gpus === null ? null : gpus / nodes, root })
  judged.set(facts, failure)
  return failure
}

/** Whether the place of a slot can be given a run. */
export function isReady(context: RunningContext, engine: Engine, { index }: Pick<Slot, 'index'>): boolean {
  const place = engine.places[index]
  return place !== undefined && isUsable(context, place) && leftOutAs(context, engine, place) === null
}

const isUsable = (context: PlacesContext, place: Place): boolean =>
  place.state.kind === 'ready' && place.facts !== null && whyUnfit(context, place) === null

/** Why the place gets no run although it could: its node is slow, and there is a place on another one; null where it gets some. */
export function leftOutAs(context: RunningContext, engine: Engine, place: Place): SlowNode | null {
  const all = context.state?.session.slowNodes ?? []
  const found = (each: Place) => {
    const node = each.state.kind === 'ready' ? nodeName(each.state.node) : null
    return all.find(out => out.avoided && out.node === node) ?? null
  }
  const out = found(place)
  return out !== null && engine.places.some(other => isUsable(context, other) && found(other) === null) ? out : null
}

/**
 * What says that no place will be ready without help; null while one may be.
 * @param isBegun whether the session is recorded, so that it can be resumed
 */
export function whyNoneLeft(context: PlacesContext, engine: Engine, isBegun = true): Failure | null {
  const reasons = engine.places.map(place => (place.state.kind === 'failed' ? place.state : whyUnfit(context, place)))
  const [first = null] = reasons
  if (first === null || reasons.includes(null)) return null
  const why = 'reason' in first ? first.reason : first.message
  const advice = sanitizeText(first.advice || 'docs/engines.md says what a node needs.', 400)
  return new Failure(
    `No place of the engine is left (${engine.description}): ${sanitizeText(why, 400).replace(/\.$/, '')}.`,
    isBegun ? `${advice} Nothing is lost: a resumption asks for places again.` : advice,
  )
}

/**
 * A slot whose place is ready and has no run; waits for one.
 * @returns null when the session is stopped at once meanwhile
 * @throws {Failure} when none will be ready
 */
export async function readySlot(
  context: Pick<SessionContext, 'contract' | 'slots' | 'state' | 'interrupt'>,
  engine: Engine,
  signal: AbortSignal = context.interrupt.now,
): Promise<Slot | null> {
  for (;;) {
    if (signal.aborted) return null
    const busy = new Set([...context.state.running.values()].map(run => run.slot))
    const free = context.slots.filter(slot => isReady(context, engine, slot))
    const slot = free.find(({ index }) => !busy.has(index)) ?? free[0]
    if (slot !== undefined) return slot
    const failure = whyNoneLeft(context, engine)
    if (failure !== null) throw failure
    await changeOf(engine, signal)
  }
}

/**
 * A slot whose place is ready; waits for one until the session should end, and not at all after a stop by hand.
 * @param seconds until its end; Infinity without a time limit
 * @throws {Failure} when none will be ready
 */
export async function readyBefore(
  context: Parameters<typeof readySlot>[0],
  engine: Engine,
  seconds: number,
): Promise<Slot | null> {
  const known = context.slots.find(slot => isReady(context, engine, slot))
  if (known !== undefined) return known
  const { finish } = context.interrupt
  const ends = Number.isFinite(seconds) ? [AbortSignal.timeout(Math.min(2 ** 31 - 1, Math.max(0, 1000 * seconds)))] : []
  return readySlot(context, engine, AbortSignal.any([finish, ...ends]))
}

/** Resolves when something may have changed, when the signal is aborted, and after a second where the engine cannot say. */
export async function changeOf(engine: Engine, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const aborted = new Promise<void>(done => {
    signal.addEventListener('abort', () => done(), { once: true, signal: over.signal })
  })
  const changed = engine.changed().catch(() => new Promise<void>(done => void setTimeout(done, 1000)))
  await Promise.race([changed, ...(signal.aborted ? [] : [aborted])])
  over.abort()
}
