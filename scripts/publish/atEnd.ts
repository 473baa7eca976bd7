/**
 * What `publish` and `notify` of program.md do while a session runs and after its report. All that they need is checked at the
 * start.
 */
import { join } from 'node:path'
import type { Digest } from '../analysis/schema.ts'
import { exists } from '../lib/files/read.ts'
import { sessionsRoot } from '../lib/paths.ts'
import type { Terminal } from '../lib/terminal/terminal.ts'
import { publishBy } from '../program/automation.ts'
import { readAutomation } from '../program/read.ts'
import type { PlannedEnd } from '../ratchet/session/dryRun.ts'
import type { JournalEvent } from '../record/journal.ts'
import { checkPublish } from './afterReport/check.ts'
import { openPublisher } from './afterReport/publisher.ts'
import type { PostContext } from './destination.ts'
import type { Draw } from './draw.ts'
import { systemClock } from './github/clock.ts'
import { openNotifier } from './notify/notifier.ts'

export interface AtEnd {
  /** For the start and --dry-run. */
  plans: PlannedEnd[]
  /** The session has begun. */
  begin(id: string): void
  onEvent(event: JournalEvent): void
  /**
   * After the report; never throws for what fails elsewhere.
   * @param digest null when the report failed
   * @param now aborted when the user wants the session to end at once
   */
  end(folder: string, digest: Digest | null, now: AbortSignal): Promise<void>
  /** After an error that ended the session. */
  fail(error: unknown): Promise<void>
}

/**
 * @param program path of program.md; of a session that is resumed it may be gone, and then only what flags say is done
 * @param flags.publish --publish
 * @param draw draws the figures of posts
 * @throws {Failure} for what would fail at the end: a variable that is not set, an address that is not valid, a destination
 *   that was never posted to, a missing token
 */
export async function openAtEnd(
  program: string,
  flags: { publish: string | undefined },
  terminal: Terminal,
  draw: Draw,
): Promise<AtEnd> {
  const automation = (await exists(program)) ? await readAutomation(program) : null
  const notify = automation?.notify ?? null
  const notifier = notify === null ? null : openNotifier(notify, program, terminal)
  const publish = publishBy(flags.publish, automation?.publish ?? null)
  const context: PostContext = {
    root: sessionsRoot,
    env: process.env,
    terminal,
    clock: systemClock,
    draw,
    ask: null,
    approve: async () => true,
  }
  const published = publish === null ? null : await checkPublish(publish, program, context)
  const publisher = publish === null ? null : openPublisher(publish, context)
  const plans = [
    ...(published === null ? [] : [{ key: 'publish', text: published }]),
    ...(notifier === null ? [] : [{ key: 'notify', text: notifier.plan }]),
  ]
  return {
    plans,
    begin: id => {
      for (const { key, text } of plans) terminal.step(key, text)
      publisher?.begin(join(sessionsRoot, id))
      notifier?.begin(join(sessionsRoot, id))
    },
    onEvent: event => notifier?.onEvent(event),
    end: async (folder, digest, now) => {
      const posts = (await publisher?.publish(folder, digest, now)) ?? []
      await notifier?.end(folder, digest, posts)
    },
    fail: async error => {
      await publisher?.fail()
      await notifier?.fail(error)
    },
  }
}
