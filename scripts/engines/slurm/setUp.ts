/** The contract's setup command on a machine of an engine. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Channel } from '../remote/channel.ts'
import { type SetupJob, setup } from '../remote/verbs.ts'

/** @param tell called with each line of its output @throws {Failure} with its last words where it fails */
export async function setUpNode(
  channel: Channel,
  root: string,
  job: SetupJob,
  tell: (line: string) => void,
): Promise<void> {
  let last = ''
  const code = await setup(channel, root, job, line => {
    // Its own result comes after an empty line.
    if (line !== '') last = line
    tell(line)
  })
  if (code === 0) return
  throw new Failure(
    `The setup command failed on ${channel.name} with exit code ${code}${last === '' ? '' : `: ${sanitizeText(last)}`}.`,
    'Try it on that machine, in a copy of the repository.',
  )
}
