/** Records and tells, while a session runs, what becomes of the places of its engine. */
import { isDeepStrictEqual } from 'node:util'
import { slowText } from '../../analysis/nodeSpeedWords.ts'
import type { Engine, Place } from '../../engines/engine.ts'
import type { Facts } from '../../engines/facts.ts'
import { orWarn } from '../../lib/files/read.ts'
import { duration } from '../../lib/format.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { NodeRecord, PlaceRecord } from '../../record/places.ts'
import { chooseOnNode } from '../sandbox/find.ts'
import { changeOf, leftOutAs, whyUnfit } from '../train/execute/places.ts'
import { emit, type SessionContext } from './context.ts'

type WatchContext = Pick<SessionContext, 'folder' | 'state' | 'echo' | 'journal' | 'engine' | 'contract' | 'terminal'>

/** Does work of a session; meanwhile each change of a place is recorded. */
export async function withPlaces<T>(context: WatchContext, work: () => Promise<T>): Promise<T> {
  const { engine } = context
  if (engine === null) return work()
  const closed = new AbortController()
  const told = new Map<number, number>()
  const recorded = new Map<number, number>()
  const watching = (async () => {
    for (let look = 0; !closed.signal.aborted; look++) {
      await orWarn(recordPlaces(context, engine, recorded))
      // At the first look nobody has been asked.
      if (look === 1) tellFirst(context, engine)
      tellWaiting(context, engine, told)
      await changeOf(engine, closed.signal)
    }
  })()
  try {
    return await work()
  } finally {
    closed.abort()
    await watching
  }
}

/** Milliseconds: a host that does not answer for less is not recorded; the words of one that waits are, at most so often. */
const usual = { silence: 10_000, words: 60_000 }

/**
 * Records each place that has changed since the last time.
 * @param recorded when each was, milliseconds; changed
 */
export async function recordPlaces(
  context: WatchContext,
  engine: Engine,
  recorded: Map<number, number> = new Map(),
  { silence, words } = usual,
): Promise<void> {
  for (const place of engine.places) {
    const record = recordOf(context, engine, place)
    const { at: _, ...before } = context.state.places.get(place.index) ?? { at: '', state: null, reason: null }
    const facts = place.state.kind === 'ready' && place.facts !== null ? nodeOf(context, place.facts) : null
    const known = context.state.session.nodes?.find(({ node }) => node === facts?.node)
    const isNews = facts !== null && !(known && isSameNode(known, facts))
    if (isDeepStrictEqual(before, record) && !isNews) continue
    const now = Date.now()
    if (before.state === 'ready' && place.state.kind === 'waiting' && now - place.state.since < silence) continue
    const isSame = isDeepStrictEqual({ ...before, reason: record.reason }, record)
    if (isSame && record.state === 'waiting' && now - (recorded.get(place.index) ?? 0) < words) continue
    recorded.set(place.index, now)
    await emit(context, { event: 'place', ...record, ...(isNews && facts ? { facts } : {}) })
  }
}

function recordOf(context: WatchContext, engine: Engine, place: Place): PlaceRecord {
  const { index, state } = place
  const unfit = whyUnfit(context, place)
  const words = (text: string | null) => (text === null ? null : sanitizeText(text, 300))
  const base = { place: index, job: words(place.job ?? null) }
  if (unfit !== null)
    return { ...base, state: 'failed', node: words(place.facts?.node ?? null), reason: words(unfit.message) }
  const slow = leftOutAs(context, engine, place)
  if (slow !== null) return { ...base, state: 'failed', node: words(slow.node), reason: `left out: ${slowText(slow)}` }
  if (state.kind === 'ready') return { ...base, state: 'ready', node: words(state.node), reason: null }
  return { ...base, state: state.kind, node: null, reason: words(state.reason) }
}

function nodeOf({ contract }: WatchContext, facts: Facts): Omit<NodeRecord, 'at'> {
  return {
    node: sanitizeText(facts.node, 100),
    gpus: facts.gpus.map(({ name }) => sanitizeText(name, 100)),
    driver: facts.gpus[0]?.driver ?? null,
    cpu: sanitizeText(facts.cpu, 200),
    cores: facts.cores,
    memoryMb: facts.memoryMb,
    os: sanitizeText(`${facts.os} ${facts.arch}`, 200),
    python: facts.python?.version ?? null,
    torch: facts.python?.torch ?? null,
    sandbox: chooseOnNode(contract, facts).record,
  }
}

/** Where the scheduler gives a place less memory or fewer cores of the same node, that is no other node. */
const isSameNode = ({ at: _, ...known }: NodeRecord, found: Omit<NodeRecord, 'at'>): boolean =>
  isDeepStrictEqual(known, found)

/** Says that nothing runs until a place is there. */
function tellFirst({ terminal }: WatchContext, engine: Engine): void {
  if (engine.places.some(({ state }) => state.kind !== 'waiting')) return
  const reason = engine.places.flatMap(({ state }) => (state.kind === 'waiting' ? (state.reason ?? []) : []))[0]
  const why = reason === undefined ? '' : ` (${sanitizeText(reason, 100)})`
  terminal.step('engine', `${engine.description}: waiting for the first place${why}`)
}

/** Says from time to time that places are waited for. @param told when it was said of a place, milliseconds */
function tellWaiting({ contract, terminal }: WatchContext, engine: Engine, told: Map<number, number>): void {
  if (contract.engine.use === 'local') return
  const limit = contract.engine.queue_timeout * 1000
  const now = Date.now()
  const late = engine.places.filter(({ state }) => state.kind === 'waiting' && now - state.since > limit)
  for (const { index, state } of engine.places) if (state.kind !== 'waiting') told.delete(index)
  if (!late.some(({ index }) => now - (told.get(index) ?? 0) > limit)) return
  for (const { index } of late) told.set(index, now)
  const since = Math.min(...late.map(({ state }) => (state.kind === 'waiting' ? state.since : now)))
  const reason = late.map(({ state }) => (state.kind === 'waiting' ? state.reason : null)).find(text => text !== null)
  const isAll = !engine.places.some(({ state }) => state.kind === 'ready')
  terminal.step(
    'queue',
    [
      `${plural(late.length, 'place')} of ${engine.places.length} waited for since ${duration((now - since) / 1000)}`,
      reason == null ? '' : ` (${sanitizeText(reason, 100)})`,
      isAll
        ? '; no place is ready, and the session waits on until a stop rule ends it'
        : '; the session goes on with the others',
    ].join(''),
  )
}
