/**
 * journal.jsonl: every event of a session, appended and synced before the next step. All other records, the refs and the
 * branch can be rebuilt from it.
 */
import { z } from 'zod'
import { Failure } from '../lib/errors.ts'
import { appendSynced, writeAtomic } from '../lib/files/disk.ts'
import { parseJson, readText, readTextIfThere } from '../lib/files/read.ts'
import { failpoint } from '../lib/process/failpoint.ts'
import { jsonLine } from '../lib/text.ts'
import { handleSchema, lostSchema } from './engine.ts'
import { gpuStateSchema } from './gpu/schema.ts'
import { maxBytes } from './limits.ts'
import { nodeSchema, placeSchema, slowNodeSchema } from './places.ts'
import { sandboxSchema } from './sandbox.ts'
import {
  clientSchema,
  finalSchema,
  lookSchema,
  noiseSchema,
  ownExperimentSchema,
  ownSessionSchema,
  purposes,
  runSchema,
} from './schema.ts'
import { NewerRecord, upgradeEvent } from './schema1.ts'
import { traceSchema } from './traces.ts'

const number = z.number().int().nonnegative()

/** An experiment before its verdict. */
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
    sweep: true,
  })
  .extend({
    /** The head it is judged against. `commit` and `tree` are the proposal rebased onto it. */
    parent: ownExperimentSchema.shape.parent.unwrap(),
    commit: z.string(),
    tree: z.string(),
    /** 0 for the first tree; one more for each rebase, rework and fix after a crash. */
    revision: number.default(0),
    /** Whether the agent was asked to rework it, because it conflicted with a newer head. At most once. */
    reworked: z.boolean().default(false),
  })
export type Candidate = z.infer<typeof candidateSchema>

const eventSchema = z.discriminatedUnion('event', [
  /** The session as it starts; end, stop reason and noise are still null. */
  z.object({ event: z.literal('started'), at: z.iso.datetime(), session: ownSessionSchema }),
  /** A run is about to start in a slot. Its detached runner is found by the run's folder. */
  z.object({
    event: z.literal('run-started'),
    at: z.iso.datetime(),
    experiment: number,
    k: z.number().int().positive(),
    purpose: z.enum(purposes),
    seed: z.number().int(),
    commit: z.string(),
    slot: number.default(0),
    /** NIGHTSHIFT_RUN of its processes, and the public key that its runner's files are signed with; absent in older journals. */
    mark: z.string().optional(),
    key: z.string().optional(),
    /** On an engine: 2 or 3 where earlier attempts were lost. Each attempt has a `run-started` of its own. */
    attempt: z.number().int().positive().optional(),
  }),
  /** The engine has taken the attempt. */
  z.object({
    event: z.literal('run-submitted'),
    at: z.iso.datetime(),
    experiment: number,
    k: z.number().int().positive(),
    attempt: z.number().int().positive(),
    handle: handleSchema,
  }),
  /** The attempt waits no longer: its runner has begun on a node. */
  z.object({
    event: z.literal('run-placed'),
    at: z.iso.datetime(),
    experiment: number,
    k: z.number().int().positive(),
    attempt: z.number().int().positive(),
    node: z.string(),
    /** From its submission to its start. */
    waitedSeconds: z.number().nonnegative(),
  }),
  /** The attempt has no result. The run is made again with the same seed, at most twice. */
  lostSchema.extend({
    event: z.literal('run-lost'),
    at: z.iso.datetime(),
    experiment: number,
    k: z.number().int().positive(),
  }),
  z.object({ event: z.literal('run-finished'), at: z.iso.datetime(), experiment: number, run: runSchema }),
  /** A candidate has a commit and a ref. Recorded before its first run, and again for each revision. */
  z.object({ event: z.literal('candidate'), at: z.iso.datetime(), candidate: candidateSchema }),
  /** The same for all members of a sweep at once: an interruption leaves all of them or none. */
  z.object({ event: z.literal('sweep'), at: z.iso.datetime(), candidates: z.array(candidateSchema).min(1) }),
  /** The verdict. Recorded before the branch moves; `session resume` moves a branch that was not moved. */
  z.object({ event: z.literal('judged'), at: z.iso.datetime(), experiment: ownExperimentSchema.omit({ runs: true }) }),
  /** Confirm or ablation runs were compared. Later intervals allow for each such look. */
  z.object({ event: z.literal('look'), at: z.iso.datetime(), experiment: number, look: lookSchema }),
  /**
   * What confirm will run. Recorded before its branch moves; `session resume` moves a branch that was not moved. A second
   * one for the same head records that the pruned head did not run.
   */
  z.object({ event: z.literal('final'), at: z.iso.datetime(), final: finalSchema }),
  z.object({ event: z.literal('noise'), at: z.iso.datetime(), noise: noiseSchema }),
  /** The environment that the first run reported; again with the hash of a split that no run had scored before. */
  z.object({
    event: z.literal('environment'),
    at: z.iso.datetime(),
    data: ownSessionSchema.shape.data,
    python: z.string().nullable(),
    torch: z.string().nullable(),
  }),
  /** The GPUs of the slots while no run used them, at the start or at a resumption. */
  z.object({ event: z.literal('gpus'), at: z.iso.datetime(), gpus: z.array(gpuStateSchema) }),
  /** What runs execute in from now on: before the first run, and before the first after a resumption that finds another. */
  z.object({ event: z.literal('sandbox'), at: z.iso.datetime(), sandbox: sandboxSchema.omit({ from: true }) }),
  /**
   * A place of the session's engine is ready, waits or has failed; again only when one of these has changed.
   * `facts`: of a node that the session has not recorded yet, or that it finds to be another.
   */
  z.object({
    event: z.literal('place'),
    at: z.iso.datetime(),
    ...placeSchema.shape,
    facts: nodeSchema.omit({ at: true }).optional(),
  }),
  /** A node was found slow: its places get no more runs, also after a resumption, while there are others. */
  slowNodeSchema.omit({ at: true }).extend({ event: z.literal('node-left-out'), at: z.iso.datetime() }),
  /** The agents were checked, at the start or at a resumption. */
  z.object({ event: z.literal('agents-checked'), at: z.iso.datetime(), clients: z.array(clientSchema) }),
  /** An agent gave no proposal. It is not asked again for `backoff` seconds. */
  z.object({
    event: z.literal('agent-failed'),
    at: z.iso.datetime(),
    agentIndex: number,
    use: z.string(),
    kind: z.string(),
    detail: z.string(),
    backoff: z.number().nonnegative(),
  }),
  /** An agent that had failed gave a proposal. */
  z.object({ event: z.literal('agent-recovered'), at: z.iso.datetime(), agentIndex: number, use: z.string() }),
  /** An agent has nothing left to try. Early records of schema 1 used this event for failed and replaced agents too. */
  z.object({ event: z.literal('agent-exhausted'), at: z.iso.datetime(), use: z.string(), why: z.string() }),
  /** The session was resumed after an interruption or its end. `stopRules` replace those of the contract. */
  z.object({
    event: z.literal('resumed'),
    at: z.iso.datetime(),
    stopRules: z.record(z.string(), z.unknown()).default({}),
    /** Devices from then on; absent in older journals. */
    devices: number.optional(),
  }),
  /** A person paused the session: current runs finish, no new run starts. */
  z.object({ event: z.literal('paused'), at: z.iso.datetime() }),
  /** A person ended the pause. */
  z.object({ event: z.literal('continued'), at: z.iso.datetime() }),
  /** A person or a scheduler asked the session to stop: current runs finish, confirm and report follow. */
  z.object({ event: z.literal('stopping'), at: z.iso.datetime() }),
  /**
   * Something else than the session moved or deleted its branch or one of its refs, which were put back. `found`: the commit
   * where it was; null: it was deleted. `kept`: the ref that keeps that commit, where it is not of the session.
   */
  z.object({
    event: z.literal('ref-restored'),
    at: z.iso.datetime(),
    ref: z.string(),
    found: z.string().nullable(),
    kept: z.string().nullable(),
  }),
  /** Something outside the session's folders changed while runs ran, or between them. */
  z.object({ event: z.literal('traces'), at: z.iso.datetime(), traces: z.array(traceSchema) }),
  z.object({ event: z.literal('stopped'), at: z.iso.datetime(), kind: z.string(), detail: z.string() }),
])
export type JournalEvent = z.infer<typeof eventSchema>
const storedEvent = z.preprocess(upgradeEvent, eventSchema)

/** The candidates that an event adds or revises. */
export const candidatesOf = (event: JournalEvent): Candidate[] =>
  event.event === 'candidate' ? [event.candidate] : event.event === 'sweep' ? event.candidates : []

/** An event without its time, which `append` adds. */
export type NewEvent = JournalEvent extends infer E ? (E extends JournalEvent ? Omit<E, 'at'> : never) : never

/** Appends one event and waits until it is on disk. @returns the event with its time. */
export async function append(path: string, event: NewEvent): Promise<JournalEvent> {
  const full = { at: new Date().toISOString(), ...event } as JournalEvent
  const line = jsonLine(full)
  failpoint(`before ${event.event}`)
  if (process.env.NIGHTSHIFT_FAILPOINT?.startsWith('inside ')) await appendTorn(path, line, event.event)
  await appendSynced(path, line, replacedAdvice)
  failpoint(`after ${event.event}`)
  return full
}

// For tests: simulates a power cut in the middle of a line.
async function appendTorn(path: string, line: string, name: string): Promise<void> {
  const before = (await readTextIfThere(path)) ?? ''
  await appendSynced(path, line.slice(0, line.length / 2))
  failpoint(`inside ${name}`)
  await writeAtomic(path, before)
}

/** Removes an incomplete last line, which a crash leaves, so that the next event starts on a new line. */
export async function repairJournal(path: string): Promise<void> {
  const text = await readText(path, advice, { limit: maxBytes.journal })
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole !== text) await writeAtomic(path, whole)
}

const advice = 'Restore the journal from a copy; it is never edited by hand.'
// No other record can replace it.
const replacedAdvice = `Something replaced the journal, e.g. a run. Move that away. ${advice}`

/**
 * The events of a journal, without an incomplete last line.
 * @throws {Failure} when the file is missing or any other line cannot be read
 */
export async function readJournal(path: string): Promise<JournalEvent[]> {
  return eventsIn(path, await readText(path, advice, { limit: maxBytes.journal }))
}

/** The same; null when the file is missing. @throws {Failure} when it cannot be read */
export async function readJournalIfThere(path: string): Promise<JournalEvent[] | null> {
  const text = await readTextIfThere(path, advice, { limit: maxBytes.journal })
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
