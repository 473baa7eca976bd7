/**
 * Upgrades records of schema 1 (written until 27 November 2026) to schema 2, before the schema checks them. Each
 * upgrade renames old keys and leaves records of schema 2 unchanged, so a journal may hold events of both: an older
 * version started the session and this one resumed it. Invalid values are passed on, and the schema rejects them. Pure.
 */
import { Failure } from '../lib/errors.ts'
import { sanitizeText } from '../lib/text.ts'

/** Schema of the records that this version writes. */
export const recordSchema = 2

/** A record whose schema is later than the last one that this version reads. */
export class NewerRecord extends Failure {}

/** @param what the record's name, e.g. "Session a" @param latest the latest schema known @throws {NewerRecord} */
export function refuseNewer(what: string, schema: unknown, latest: number): void {
  if (typeof schema === 'number' && schema > latest)
    throw new NewerRecord(
      `${what} was written by a newer Nightshift: its schema is ${schema}, and this version reads up to ${latest}.`,
      'Update Nightshift.',
    )
}

/** Upgrades session.json, or the session in a journal's first event. @throws {NewerRecord} */
export function upgradeSession(value: unknown): unknown {
  if (!isRecord(value)) return value
  refuseNewer(`Session ${sanitizeText(String(value.id))}`, value.schema, recordSchema)
  return changed(value, {}, { schema: number => (number === 1 ? recordSchema : number), outages: each(upgradeOutage) })
}

/** Schema of source.json that this version writes. */
export const sourceVersion = 2

/** Upgrades source.json. @throws {NewerRecord} */
export function upgradeSource(value: unknown): unknown {
  if (!isRecord(value)) return value
  refuseNewer('source.json', value.schema, sourceVersion)
  return changed(value, { doubts: 'warnings' }, { schema: number => (number === 1 ? sourceVersion : number) })
}

/** Upgrades a line of experiments.jsonl, or the experiment of a "judged" event. */
export const upgradeExperiment = (value: unknown): unknown =>
  changed(value, candidateNames, {
    status: status => (status === 'unstackable' ? 'conflict' : status),
    decision: decision => changed(decision, { best: 'head' }),
    looks: each(upgradeLook),
  })

/** Upgrades a line of journal.jsonl. @throws {NewerRecord} */
export const upgradeEvent = (value: unknown): unknown =>
  changed(
    value,
    // An event of schema 2 has a key of that name, too.
    { ...(isPlaceEvent(value) ? {} : { place: 'agentIndex' }), rest: 'backoff', further: 'stopRules' },
    {
      event: name => (typeof name === 'string' ? (own(eventNames, name) ?? name) : name),
      session: upgradeSession,
      candidate: candidate => changed(candidate, candidateNames),
      experiment: upgradeExperiment,
      look: upgradeLook,
    },
  )

const isPlaceEvent = (value: unknown): boolean => isRecord(value) && value.event === 'place'

const candidateNames = { made: 'madeFrom', stacked: 'revision', redone: 'reworked' }
const eventNames: Record<string, string> = {
  looked: 'look',
  checked: 'agents-checked',
  down: 'agent-failed',
  up: 'agent-recovered',
  agent: 'agent-exhausted',
}

const upgradeOutage = (value: unknown): unknown => changed(value, { place: 'agentIndex' })
const upgradeLook = (value: unknown): unknown => changed(value, { tip: 'head' })

type Change = (value: unknown) => unknown

/** An object with keys renamed and values changed, both by their old keys; other values unchanged. */
const changed = (value: unknown, names: Record<string, string>, changes: Record<string, Change> = {}): unknown =>
  isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [own(names, key) ?? key, (own(changes, key) ?? same)(inner)]),
      )
    : value

const each =
  (change: Change): Change =>
  value =>
    Array.isArray(value) ? value.map(change) : value

const same: Change = value => value

/** Own properties only: a foreign record may have a key such as "constructor". */
const own = <T>(record: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
