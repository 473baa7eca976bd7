/** Reads a text back after it was written: GitHub may answer that it took it and keep the old one. */
import { Failure } from '../../../lib/errors.ts'
import type { GitHub } from '../../github/client.ts'

/** Milliseconds before a text that is not yet what was sent is read again: a copy of GitHub's data may lag behind. */
const PAUSES = [1000, 4000]

/**
 * @param what e.g. "the description of pull request #12", after "another text of"
 * @throws {Failure} when it is not what was sent after some seconds
 */
export async function reread<T>(
  { clock, host }: Pick<GitHub, 'clock' | 'host'>,
  what: string,
  read: () => Promise<T>,
  isWritten: (now: T) => boolean,
): Promise<T> {
  for (const pause of [...PAUSES, null]) {
    const now = await read()
    if (isWritten(now)) return now
    if (pause !== null) await clock.wait(pause)
  }
  throw new Failure(
    `${host} answered that it was written, but does not show ${what} as it was sent.`,
    'GitHub keeps the old text of some writes without an error, e.g. of too long ones. Look at the page, and post again.',
  )
}
