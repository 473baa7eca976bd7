/**
 * journal.jsonl: every event of a session, appended and synced before the next step; the only truth. All other
 * records, refs and the branch can be made again from it.
 */
import { z } from 'zod'
import { appendSynced, writeAtomic } from '../lib/disk.ts'
import { Failure } from '../lib/errors.ts'
import { failpoint } from '../lib/process/failpoint.ts'
import { parseJson, readText, readTextIfThere } from '../lib/read.ts'
import { jsonLine } from '../lib/text.ts'
import {
  clientSchema,
  lookSchema,
  noiseSchema,
  ownExperimentSchema,
  ownSessionSchema,
  purposes,
  runSchema,
} from './schema.ts'
import { NewerRecord, upgradeEvent } from './schema1.ts'

const number = z.number().int().nonnegative()

/** An experiment under way: what is known of it before its verdict. */
export const candidateSchema = ownExperimentSchema
  .pick({
    number: true,
    description: true,
    hypothesis: true,
    agent: true,
    bold: true,
    fixes: true,
    proseHash: true,
    madeFrom: true,
    linesAdded: true,
    linesRemoved: true,
    startedAt: true,
  })
  .extend({
    /** The best it is judged against, and what is run: the proposal put on it. */
    parent: ownExperimentSchema.shape.parent.unwrap(),
    commit: z.string(),
    tree: z.string(),
    /** How many trees were made of it after the first: put on a newer best, made again for it, or mended. */
    revision: number.default(0),
    /** Whether the agent was asked once to make it again, because it did not apply to a newer best. */
    reworked: z.boolean().default(false),
  })
export type Candidate = z.infer<typeof candidateSchema>

const eventSchema = z.discriminatedUnion('event', [
  /** The session as it starts; end, stop reason and noise are still null. */
  z.object({ event: z.literal('started'), at: z.iso.datetime(), session: ownSessionSchema }),
  /** A run that is about to be started in a slot; the detached runner that owns it is known by its folder. */
  z.object({
    event: z.literal('run-started'),
    at: z.iso.datetime(),
    experiment: number,
    k: z.number().int().positive(),
    purpose: z.enum(purposes),
    seed: z.number().int(),
    commit: z.string(),
    slot: number.default(0),
  }),
  z.object({ event: z.literal('run-finished'), at: z.iso.datetime(), experiment: number, run: runSchema }),
  /** What a candidate is, committed and with its ref, before its first run; again when it is put on a newer best. */
  z.object({ event: z.literal('candidate'), at: z.iso.datetime(), candidate: candidateSchema }),
  /** The verdict. It comes before the branch moves: a branch that did not is moved when the session goes on. */
  z.object({ event: z.literal('judged'), at: z.iso.datetime(), experiment: ownExperimentSchema.omit({ runs: true }) }),
  /** Confirm or ablation runs were compared: a look that later intervals must allow for. */
  z.object({ event: z.literal('look'), at: z.iso.datetime(), experiment: number, look: lookSchema }),
  z.object({ event: z.literal('noise'), at: z.iso.datetime(), noise: noiseSchema }),
  /** What the first run told of its environment. */
  z.object({
    event: z.literal('environment'),
    at: z.iso.datetime(),
    data: ownSessionSchema.shape.data,
    python: z.string().nullable(),
    torch: z.string().nullable(),
  }),
  /** The agents were looked at, before the session or before it goes on. */
  z.object({ event: z.literal('agents-checked'), at: z.iso.datetime(), clients: z.array(clientSchema) }),
  /** An agent gave no proposal, for the first time or again; it is left alone for `rest` seconds. */
  z.object({
    event: z.literal('agent-failed'),
    at: z.iso.datetime(),
    agentIndex: number,
    use: z.string(),
    kind: z.string(),
    detail: z.string(),
    backoff: z.number().nonnegative(),
  }),
  /** It answers again. */
  z.object({ event: z.literal('agent-recovered'), at: z.iso.datetime(), agentIndex: number, use: z.string() }),
  /** An agent has nothing left to try; of older sessions also that it is down or replaced. */
  z.object({ event: z.literal('agent-exhausted'), at: z.iso.datetime(), use: z.string(), why: z.string() }),
  /** A harness goes on with the session after an interruption, or beyond its end; `further` are the stop rules it got. */
  z.object({
    event: z.literal('resumed'),
    at: z.iso.datetime(),
    stopRules: z.record(z.string(), z.unknown()).default({}),
  }),
  z.object({ event: z.literal('stopped'), at: z.iso.datetime(), kind: z.string(), detail: z.string() }),
])
export type JournalEvent = z.infer<typeof eventSchema>
const storedEvent = z.preprocess(upgradeEvent, eventSchema)

/** An event as it is handed to the journal, which adds the time. */
export type NewEvent = JournalEvent extends infer E ? (E extends JournalEvent ? Omit<E, 'at'> : never) : never

/** Appends one event and waits until it is on disk. @returns the event with its time. */
export async function append(path: string, event: NewEvent): Promise<JournalEvent> {
  const full = { at: new Date().toISOString(), ...event } as JournalEvent
  const line = jsonLine(full)
  failpoint(`before ${event.event}`)
  if (process.env.NIGHTSHIFT_FAILPOINT?.startsWith('inside ')) await appendTorn(path, line, event.event)
  await appendSynced(path, line)
  failpoint(`after ${event.event}`)
  return full
}

// A power cut in the middle of a line; the rest of the line goes with the process.
async function appendTorn(path: string, line: string, name: string): Promise<void> {
  const before = (await readTextIfThere(path)) ?? ''
  await appendSynced(path, line.slice(0, line.length / 2))
  failpoint(`inside ${name}`)
  await writeAtomic(path, before)
}

/** Cuts off a last line that was being written when the machine stopped, so that the next event stands by itself. */
export async function repairJournal(path: string): Promise<void> {
  const text = await readText(path)
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole !== text) await writeAtomic(path, whole)
}

const advice = 'Restore the journal from a copy; it is never edited by hand.'

/**
 * The events of a journal. A last line without its newline was being written when the machine stopped: it is left out.
 * @throws {Failure} when it is missing, or any other line does not read.
 */
export async function readJournal(path: string): Promise<JournalEvent[]> {
  return eventsIn(path, await readText(path, advice))
}

/** The same; null when it is missing. @throws {Failure} when it does not read */
export async function readJournalIfThere(path: string): Promise<JournalEvent[] | null> {
  const text = await readTextIfThere(path, advice)
  return text === null ? null : eventsIn(path, text)
}

function eventsIn(path: string, text: string): JournalEvent[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line, i) => {
    try {
      return parseJson(`${path}:${i + 1}`, line, storedEvent)
    } catch (cause) {
      if (cause instanceof NewerRecord) throw cause
      throw new Failure(`${path}:${i + 1} is not an event of a session.`, advice, { cause })
    }
  })
}
