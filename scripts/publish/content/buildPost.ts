/** Makes the text of a post from sessions' records: the same facts, and the same prose, as their reports. */
import { join } from 'node:path'
import type { RootContent } from 'mdast'
import { Failure } from '../../lib/errors.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import { failOnKeys, keysInText } from '../../share/scan.ts'
import { type About, MAX_PART_CHARACTERS, markerOf, type Post, type PostOptions, sizeOf } from '../post.ts'
import { cleanerOf } from './draft.ts'
import { keyOf, weekOf } from './key.ts'
import { sessionDraft } from './session.ts'
import { severalDraft } from './several/draft.ts'
import { splitDocument } from './split.ts'

/** Each comment tells everyone who watches the discussion or pull request. */
const MAX_COMMENTS = 100

/** GitHub's label of every post; a destination without it goes without. */
export const LABEL = 'autoresearch'

/**
 * @param sessions ids of folders in `root`; one where the post is about a session
 * @param now a week's post is found again by it
 * @throws {Failure} that lists each key found: file, line, masked value; if a record cannot be read, or the post is too long
 */
export async function buildPost(
  sessions: string[],
  about: About,
  { keepPaths, withLogs }: PostOptions,
  now: Date = new Date(),
  root: string = sessionsRoot,
): Promise<Post> {
  const clean = cleanerOf(keepPaths)
  const folders = sessions.map(id => join(root, id))
  const key = keyOf(about, sessions, now)
  const draft =
    about === 'session' && folders[0] !== undefined
      ? await sessionDraft(folders[0], clean, withLogs)
      : await severalDraft(folders, about === 'week' ? weekOf(now) : null, clean, withLogs)
  failOnKeys(keysInText(draft.title, 'the title'))
  return { key, title: draft.title, parts: markedParts(draft.blocks, key, withLogs), labels: [LABEL], sessions }
}

/**
 * Blocks as parts that are found again by the key.
 * @param before text that the first part begins with, as it is
 * @throws {Failure} for a key in a part, or too many parts
 */
export function markedParts(blocks: RootContent[], key: string, withLogs: boolean, before = ''): string[] {
  const room = MAX_PART_CHARACTERS - sizeOf(markerOf(key, 999)) - 2 - (before === '' ? 0 : sizeOf(before) + 2)
  const texts = splitDocument(blocks, room)
  if (texts.length - 1 > MAX_COMMENTS)
    throw new Failure(
      `The post would have ${texts.length - 1} comments, more than ${MAX_COMMENTS}.`,
      withLogs ? 'Leave out --with-logs.' : 'Post it to a folder of docs with --to docs.',
    )
  const whole = texts.map((text, i) => (i === 0 && before !== '' ? `${before}\n\n${text}` : text))
  // Also in what was put together, e.g. of two files.
  failOnKeys(whole.flatMap((text, i) => keysInText(text, `part ${i + 1}`)))
  return whole.map((text, i) => `${text.trimEnd()}\n\n${markerOf(key, i)}\n`)
}
