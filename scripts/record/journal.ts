/**
 * journal.jsonl: every event of a session, appended and synced before the next step; the only truth. All other
 * records, refs and the branch can be made again from it.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { appendSynced } from '../lib/disk.ts'
import { Failure } from '../lib/errors.ts'
import { experimentSchema, noiseSchema, purposes, runSchema, sessionSchema } from './schema.ts'

const number = z.number().int().nonnegative()

const eventSchema = z.discriminatedUnion('event', [
  /** The session as it starts; end, stop reason and noise are still null. */
  z.object({ event: z.literal('started'), at: z.iso.datetime(), session: sessionSchema }),
  /** A run that is about to be started; the detached runner that owns it is known by its folder. */
  z.object({
    event: z.literal('run-started'),
    at: z.iso.datetime(),
    experiment: number,
    k: z.number().int().positive(),
    purpose: z.enum(purposes),
    seed: z.number().int(),
    commit: z.string(),
  }),
  z.object({ event: z.literal('run-finished'), at: z.iso.datetime(), experiment: number, run: runSchema }),
  /** What a candidate is, committed and with its ref, before its first run. */
  z.object({
    event: z.literal('candidate'),
    at: z.iso.datetime(),
    candidate: experimentSchema.omit({ runs: true }).partial().required({ number: true }),
  }),
  /** The verdict. It comes before the branch moves: a branch that did not is moved when the session goes on. */
  z.object({ event: z.literal('judged'), at: z.iso.datetime(), experiment: experimentSchema.omit({ runs: true }) }),
  z.object({ event: z.literal('noise'), at: z.iso.datetime(), noise: noiseSchema }),
  /** What the first run told of its environment. */
  z.object({
    event: z.literal('environment'),
    at: z.iso.datetime(),
    data: sessionSchema.shape.data,
    python: z.string().nullable(),
    torch: z.string().nullable(),
  }),
  /** The agent is down or replaced: who proposes from here on, and why. */
  z.object({ event: z.literal('agent'), at: z.iso.datetime(), use: z.string(), why: z.string() }),
  z.object({ event: z.literal('stopped'), at: z.iso.datetime(), kind: z.string(), detail: z.string() }),
])
export type JournalEvent = z.infer<typeof eventSchema>
/** An event as it is handed to the journal, which adds the time. */
export type NewEvent = JournalEvent extends infer E ? (E extends JournalEvent ? Omit<E, 'at'> : never) : never

/** Appends one event and waits until it is on disk. @returns the event with its time. */
export async function append(path: string, event: NewEvent): Promise<JournalEvent> {
  const full = { at: new Date().toISOString(), ...event } as JournalEvent
  await appendSynced(path, `${JSON.stringify(full)}\n`)
  return full
}

/**
 * The events of a journal. A last line without its newline was being written when the machine stopped: it is left out.
 * @throws {Failure} when any other line does not read.
 */
export async function readJournal(path: string): Promise<JournalEvent[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1)
  return lines.map((line, i) => {
    try {
      return eventSchema.parse(JSON.parse(line))
    } catch (cause) {
      throw new Failure(
        `${path}:${i + 1} is not an event of a session.`,
        'Restore the journal from a copy; it is never edited by hand.',
        { cause },
      )
    }
  })
}
