/** Whether GitHub shows what was sent: it may answer that a write succeeded and keep the old text. */
import { Failure } from '../../lib/errors.ts'
import type { GitHub } from './client.ts'

/** Milliseconds before a text that is not yet what was sent is read again: a copy of GitHub's data may lag behind. */
const REREADS = [1000, 4000]

/**
 * @param address of what was written
 * @throws {Failure} when what was sent is not there after some seconds
 */
export async function confirmWritten(
  { clock, host }: Pick<GitHub, 'clock' | 'host'>,
  address: string,
  isWritten: () => Promise<boolean>,
): Promise<void> {
  if (await isWritten()) return
  for (const pause of REREADS) {
    await clock.wait(pause)
    if (await isWritten()) return
  }
  throw new Failure(
    `${host} answered that it was written, but ${address} does not show it.`,
    'GitHub keeps the old text of some writes without an error, e.g. of too long ones. Look at the page, and post again.',
  )
}

/** Whether GitHub shows the text as it was sent: it may change line ends, and white space around it. */
export const isSame = (shown: string | null | undefined, sent: string): boolean => normal(shown ?? '') === normal(sent)

const normal = (text: string): string => text.replace(/\r\n?/g, '\n').trim()
