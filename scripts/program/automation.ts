/**
 * The keys of program.md that act around a session and change nothing that it measures: posts, notifications, hooks, and
 * whose shared sessions are trusted.
 * They are read from program.md at each start and resumption, and no record holds them: records are shared, and what
 * comes with a collected session must not name a command or an address that is used here.
 */
import { z } from 'zod'
import { Failure } from '../lib/errors.ts'
import { suggest } from '../lib/suggest.ts'
import { sanitizeText } from '../lib/text.ts'

/** One value or a list of them. A preprocess and not a union, whose errors say nothing. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(value => (Array.isArray(value) ? value : [value]), z.array(item).min(1, 'needs at least one'))

const destinations = ['discussion', 'pull-request', 'docs'] as const
const webhookForms = ['slack', 'discord', 'ntfy', 'json'] as const
export const notifyEvents = ['end', 'outage', 'machine', 'confirmed'] as const
export type NotifyEvent = (typeof notifyEvents)[number]

const shellCommand = z.string({ error: 'takes a command' }).min(1, 'takes a command')

/** Where the report is posted when the session has ended. */
const publish = z.strictObject({
  to: listOf(z.enum(destinations, { error: `is one or more of ${destinations.join(', ')}` })),
  /** `confirmed`: only where confirm found the session's change to be better. */
  when: z.enum(['confirmed', 'always'], { error: 'is confirmed or always' }).default('confirmed'),
})
export type Publish = z.infer<typeof publish>

/** A pull request proposes code, so that only program.md asks for one. */
const byFlag = destinations.filter(where => where !== 'pull-request')

/**
 * What --publish makes of the file's `publish`: its destinations replace the file's, `none` removes them.
 * @param flag undefined without it
 * @throws {Failure} for a name that is no destination
 */
export function publishBy(flag: string | undefined, publish: Publish | null): Publish | null {
  if (flag === undefined) return publish
  if (flag === 'none') return null
  const to = [...new Set(flag.split(',').map(name => name.trim()))].map(name => {
    const found = byFlag.find(where => where === name)
    if (found !== undefined) return found
    if (name === 'pull-request')
      throw new Failure(
        '--publish takes no pull-request: it proposes code.',
        'Write `publish: { to: [pull-request] }` into program.md.',
      )
    throw new Failure(
      `--publish: found ${sanitizeText(name, 100) || 'nothing'}.`,
      suggest(name, byFlag, `It takes ${byFlag.join(', ')} (with commas between them), or none.`),
    )
  })
  return { to, when: publish?.when ?? 'confirmed' }
}

/** Who is told of the session's end and of trouble. */
const notify = z
  .strictObject({
    /** An address, or the environment variable that holds it as `$NAME`: the address of most webhooks is a secret. */
    url: z
      .string()
      .regex(
        /^(https?:\/\/\S+|\$[A-Za-z_]\w*)$/,
        'takes an address, or the name of the variable that holds it: $SLACK_WEBHOOK_URL',
      )
      .nullable()
      .default(null),
    /** The form of the message; null: by the address. */
    as: z
      .enum(webhookForms, { error: `is one of ${webhookForms.join(', ')}` })
      .nullable()
      .default(null),
    /** Gets the message as JSON on its standard input. */
    command: shellCommand.nullable().default(null),
    on: listOf(z.enum(notifyEvents, { error: `is one or more of ${notifyEvents.join(', ')}` })).prefault([
      'end',
      'outage',
      'machine',
    ]),
  })
  .refine(({ url, command }) => (url === null) !== (command === null), 'needs `url` or `command`, not both')
export type Notify = z.infer<typeof notify>

/** Commands that get an event as JSON on their standard input. */
const hooks = z.strictObject({
  /** Before a proposal becomes an experiment; a non-zero exit refuses it. */
  before_experiment: shellCommand.nullable().default(null),
  after_verdict: shellCommand.nullable().default(null),
  end: shellCommand.nullable().default(null),
})
export type Hooks = z.infer<typeof hooks>

/** Sessions that others share. */
const share = z.strictObject({
  /** An allowed-signers file, as ssh-keygen describes it, relative to program.md: the people whose commits are verified. */
  trust: z
    .string({ error: 'takes the path of an allowed-signers file' })
    .min(1, 'takes a path')
    .nullable()
    .default(null),
})

export const automationShape = {
  publish: publish.nullable().default(null),
  notify: notify.nullable().default(null),
  hooks: hooks.nullable().default(null),
  share: share.nullable().default(null),
}
export const automationSchema = z.object(automationShape)
export type Automation = z.infer<typeof automationSchema>
