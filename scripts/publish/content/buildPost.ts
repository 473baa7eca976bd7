/** Makes the text of a post from sessions' records: the same facts, and the same prose, as their reports. */
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import { type About, MAX_PART_CHARACTERS, markerOf, type Post, type PostOptions, sizeOf } from '../post.ts'
import { cleanerOf } from './draft.ts'
import { keyOf, weekOf } from './key.ts'
import { failOnKeys, keysInText } from './scan.ts'
import { sessionDraft } from './session.ts'
import { severalDraft } from './several/draft.ts'
import { splitDocument } from './split.ts'

/** Each comment tells everyone who watches the discussion or pull request. */
const MAX_COMMENTS = 100

/** GitHub's label of every post; a destination without it goes without. */
const LABEL = 'autoresearch'

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
  const texts = splitDocument(draft.blocks, MAX_PART_CHARACTERS - sizeOf(markerOf(key, 999)) - 2)
  if (texts.length - 1 > MAX_COMMENTS)
    throw new Failure(
      `The post would have ${texts.length - 1} comments, more than ${MAX_COMMENTS}.`,
      withLogs ? 'Leave out --with-logs.' : 'Post it to a folder of docs with --to docs.',
    )
  // Also in what was put together, e.g. of two files.
  failOnKeys([draft.title, ...texts].flatMap((text, i) => keysInText(text, i === 0 ? 'the title' : `part ${i}`)))
  const parts = texts.map((text, i) => `${text.trimEnd()}\n\n${markerOf(key, i)}\n`)
  return { key, title: draft.title, parts, labels: [LABEL], sessions }
}
