/**
 * Posts a session's report when it has been written, as `publish` in program.md says, with the code of `pnpm post … --yes`
 * and its remembered destinations. Nothing here can fail a session.
 */
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Digest } from '../../analysis/schema.ts'
import { publicText } from '../../lib/secrets/publish.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Publish } from '../../program/automation.ts'
import { readPosts } from '../../record/files/posts.ts'
import { type Published, publishedText, readPublished, writePublished } from '../../record/files/published.ts'
import { keyOf } from '../content/key.ts'
import type { PostContext } from '../destination.ts'
import { senders } from '../destinations.ts'
import type { Where } from '../post.ts'
import { readRequest } from '../request.ts'

export interface Publisher {
  /** The session has begun: records what is planned. @param folder of the session */
  begin(folder: string): void
  /**
   * Posts the report, to one destination after another.
   * @param digest null when the report failed: nothing is posted then
   * @param now aborted when the user wants the session to end at once
   * @returns https addresses of the posts that have the report now
   */
  publish(folder: string, digest: Digest | null, now: AbortSignal): Promise<string[]>
  /** After an error that ended the session. */
  fail(): Promise<void>
}

export function openPublisher({ to: destinations, when }: Publish, context: PostContext): Publisher {
  const { terminal } = context
  let begun: { folder: string; recorded: Promise<void> } | null = null

  const entry = (to: Where, result: Published['result'], more: Partial<Pick<Published, 'why' | 'address'>> = {}) => ({
    to,
    when,
    result,
    why: more.why == null ? null : publicText(sanitizeText(more.why, 500)),
    // The sessions may be published, with their records.
    address: more.address == null ? null : publicText(more.address),
    at: new Date(context.clock.now()).toISOString(),
  })
  const record = async (folder: string, done: Published) => {
    const others = await readPublished(folder)
    await writePublished(
      folder,
      others.map(other => (other.to === done.to ? done : other)),
    )
  }

  async function publishTo(to: Where, folder: string, digest: Digest | null, now: AbortSignal): Promise<Published> {
    if (digest === null) return entry(to, 'failed', { why: 'the report failed' })
    const id = basename(folder)
    const key = keyOf('session', [id], new Date(context.clock.now()))
    // A post that is there must not go on saying what is no longer so.
    const isPosted = (await readPosts(folder)).some(post => post.to === to && post.key === key)
    if (when === 'confirmed' && digest.confirmed?.verdict !== 'better' && !isPosted)
      return entry(to, 'skipped', { why: 'no change is confirmed as better' })
    if (now.aborted) return entry(to, 'failed', { why: 'the session was ended at once' })
    terminal.live(`${'publish'.padEnd(9)} posting: ${to}`)
    const sending = senders[to](readRequest({ to })([id]), withSignal(context, now))
    const { sent, address } = await untilAborted(sending, now)
    // As posts.json has it: a folder of docs is relative there.
    const posted = (await readPosts(folder)).findLast(post => post.to === to && post.key === key)
    return entry(to, sent ? 'posted' : 'unchanged', { address: posted?.address ?? address })
  }

  return {
    begin: folder => {
      const planned = destinations.map(to => entry(to, 'planned'))
      // An error shows when the results are recorded.
      begun = { folder, recorded: writePublished(folder, planned).catch(() => {}) }
    },
    publish: async (folder, digest, now) => {
      await begun?.recorded
      const addresses: string[] = []
      for (const to of destinations) {
        const done = await publishTo(to, folder, digest, now).catch(error => entry(to, 'failed', { why: whyOf(error) }))
        terminal.step('publish', publishedText(done, basename(folder), true))
        await record(folder, done).catch((error: unknown) => tellNotRecorded(terminal, error))
        if (done.address !== null && /^https?:/.test(done.address)) addresses.push(done.address)
      }
      return addresses
    },
    fail: async () => {
      if (begun === null) return
      const { folder, recorded } = begun
      await recorded
      for (const to of destinations)
        await record(folder, entry(to, 'failed', { why: 'an error ended the session' })).catch((error: unknown) =>
          tellNotRecorded(terminal, error),
        )
    },
  }
}

const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const tellNotRecorded = (terminal: Terminal, error: unknown): void =>
  terminal.step('publish', `not recorded: ${sanitizeText(whyOf(error), 300)}`)

class Aborted extends Error {
  override readonly message = 'the session was ended at once while it was being posted, so the post may be there'
}

/** A pause for a rate limit ends, too: it would keep the process alive for up to two hours. */
const withSignal = (context: PostContext, signal: AbortSignal): PostContext => ({
  ...context,
  clock: {
    now: context.clock.now,
    wait: async milliseconds => {
      if (milliseconds > 0) await setTimeout(milliseconds, undefined, { signal })
    },
  },
})

async function untilAborted<T>(doing: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const stop = () => aborted.reject(new Aborted())
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([doing, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
