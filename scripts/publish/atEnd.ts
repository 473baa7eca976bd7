/** What `notify` of program.md does while a session runs and after its report. All that it needs is checked at the start. */
import { join } from 'node:path'
import type { Digest } from '../analysis/schema.ts'
import { exists } from '../lib/files/read.ts'
import { sessionsRoot } from '../lib/paths.ts'
import type { Terminal } from '../lib/terminal/terminal.ts'
import { readAutomation } from '../program/read.ts'
import type { PlannedEnd } from '../ratchet/session/dryRun.ts'
import type { JournalEvent } from '../record/journal.ts'
import { openNotifier } from './notify/notifier.ts'

export interface AtEnd {
  /** For the start and --dry-run. */
  plans: PlannedEnd[]
  /** The session has begun. */
  begin(id: string): void
  onEvent(event: JournalEvent): void
  /** After the report; never throws for what fails elsewhere. @param digest null when the report failed */
  end(folder: string, digest: Digest | null): Promise<void>
  /** After an error that ended the session. */
  fail(error: unknown): Promise<void>
}

/**
 * @param program path of program.md; of a session that is resumed it may be gone, and then nothing is done
 * @throws {Failure} for what would fail at the end: a variable that is not set, an address that is none
 */
export async function openAtEnd(program: string, terminal: Terminal): Promise<AtEnd> {
  const notify = (await exists(program)) ? (await readAutomation(program)).notify : null
  const notifier = notify === null ? null : openNotifier(notify, program, terminal)
  const plans = notifier === null ? [] : [{ key: 'notify', text: notifier.plan }]
  return {
    plans,
    begin: id => {
      for (const { key, text } of plans) terminal.step(key, text)
      notifier?.begin(join(sessionsRoot, id))
    },
    onEvent: event => notifier?.onEvent(event),
    end: async (folder, digest) => notifier?.end(folder, digest, []),
    fail: async error => notifier?.fail(error),
  }
}
