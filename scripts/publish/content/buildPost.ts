/** Makes the text of a post from sessions' records: the same facts, and the same prose, as their reports. */
import { join } from 'node:path'
import { sessionsRoot } from '../../lib/paths.ts'
import { publicAddress } from '../../report/address.ts'
import { authorshipSentences } from '../../report/agent/disclose.ts'
import { currentProse } from '../../report/agent/prose.ts'
import { headline } from '../../report/headline.ts'
import { readReportInput } from '../../report/input.ts'
import { markdown } from '../../report/markdown.ts'
import { template } from '../../report/sections/template.ts'
import { type About, markerOf, type Post, type PostOptions } from '../post.ts'
import { keyOf } from './key.ts'

/**
 * @param sessions ids of folders in sessions/; one where the post is about a session
 * @param now the week's posts are found again by it
 * @throws {Failure} that lists each key found: file, line, masked value; or if a record cannot be read
 */
export async function buildPost(
  sessions: string[],
  about: About,
  _options: PostOptions,
  now: Date = new Date(),
): Promise<Post> {
  const folder = join(sessionsRoot, sessions[0] ?? '')
  const input = await readReportInput(folder)
  const { source, writing } = await currentProse(folder, input, template(input), { kind: 'previous' })
  const text = markdown({ ...input, written: authorshipSentences(writing) }, source, { site: publicAddress() })
  const key = keyOf(about, sessions, now)
  return {
    key,
    title: headline(input.digest, input.session),
    parts: [`${text.replace(/^# .*\n+/, '')}\n${markerOf(key, 0)}\n`],
    labels: ['autoresearch'],
    sessions,
  }
}
