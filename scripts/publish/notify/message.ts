/** The message that is sent: its schema, which docs/sessions.md documents, and what all messages have in common. */
import { z } from 'zod'
import { confirmedSchema } from '../../analysis/confirm/schema.ts'
import { machineName } from '../../analysis/machineName.ts'
import { publicRecord } from '../../lib/secrets/publish.ts'
import { notifyEvents } from '../../program/automation.ts'
import type { Session } from '../../record/schema.ts'
import { publicAddress, sessionAddress } from '../../report/address.ts'

/** As a plain webhook and a command get it. Fields may be added; a change of one raises `schema`. */
export const messageSchema = z.strictObject({
  schema: z.literal(1),
  event: z.enum([...notifyEvents, 'test']),
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
  /** Id of the session; null in a test. */
  session: z.string().nullable(),
  /** One line. */
  title: z.string(),
  /** One paragraph. */
  text: z.string(),
  /** The session's page, where NIGHTSHIFT_SITE is set; else null. */
  address: z.string().nullable(),
  /** Addresses of the posts that were made at the end. */
  posts: z.array(z.string()),
  /** Why the session ended; null in messages about an outage and in a test. */
  stop: z.strictObject({ kind: z.string(), detail: z.string() }).nullable(),
  /** What confirm found on new seeds; null where it has compared nothing. */
  confirmed: z
    .strictObject({
      metric: z.string(),
      goal: z.enum(['minimize', 'maximize']),
      /** Means of the runs, in the metric's unit. */
      baseline: z.number(),
      final: z.number(),
      /** In the metric's unit; positive is better. */
      gain: z.number(),
      /** 95% interval of the gain. */
      interval: z.tuple([z.number(), z.number()]),
      seeds: z.number().int(),
      verdict: confirmedSchema.shape.verdict,
    })
    .nullable(),
  /** An agent's outage that has lasted 15 minutes, or has ended since; null in other messages. */
  outage: z
    .strictObject({
      agent: z.string(),
      kind: z.string(),
      startedAt: z.iso.datetime(),
      endedAt: z.iso.datetime().nullable(),
    })
    .nullable(),
})
export type Message = z.infer<typeof messageSchema>

type Given = Pick<Message, 'event' | 'title' | 'text'> & Partial<Message>

/** A message without keys, home folder, user and host names, as all that leaves the machine. */
export const message = ({ event, session = null, title, text, ...given }: Given): Message =>
  publicRecord({
    schema: 1,
    event,
    at: new Date().toISOString(),
    session,
    title,
    text,
    address: null,
    posts: [],
    stop: null,
    confirmed: null,
    outage: null,
    ...given,
  })

/** What every message about a session begins with: its id and page, and a title of its name and `what`. */
export function aboutSession({ id, tag, machine }: Pick<Session, 'id' | 'tag' | 'machine'>, what: string) {
  const site = publicAddress()
  return {
    session: id,
    title: `${tag} · ${machineName(machine)}: ${what}`,
    address: site === null ? null : sessionAddress(site, id),
  }
}

/** The message of `--notify-test`. */
export const testMessage = (): Message =>
  message({
    event: 'test',
    title: 'Nightshift: a test',
    text: 'This is a test message. The next one comes when a session has news.',
  })
