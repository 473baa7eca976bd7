/** `pnpm post --remember`: names where the sessions of a program.md are posted, without a post. */
import { resolve } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { readText } from '../lib/files/read.ts'
import { sanitizeText } from '../lib/text.ts'
import type { CheckedPlace, PostContext } from './destination.ts'
import { checks } from './destinations.ts'
import { remember } from './remembered.ts'
import type { PostRequest } from './request.ts'
import { targetOfProgram } from './target.ts'

/**
 * Checks that a post can go there, then remembers it for the target.
 * @param program path of the program.md
 * @throws {Failure} as posting does, where the place is not there or not allowed
 */
export async function rememberPlace(
  request: PostRequest,
  program: string,
  context: PostContext,
): Promise<CheckedPlace> {
  const path = resolve(program)
  await readText(path, 'Name the program.md whose sessions are posted there with --program PATH.', { links: true })
  const place = await checks[request.to](request, await targetOfProgram(path), path, context)
  await remember(place.remembered, context.work)
  return place
}

/** Flags that say where posts go; the others are of one post. */
const placeFlags = [
  'remember',
  'program',
  'to',
  'repository',
  'category',
  'api',
  'public',
  'remote',
  'out',
  'front-matter',
  'json',
]

/** @throws {Failure} for a session or a flag that only a post has */
export function checkRemember(given: Record<string, unknown>, sessions: string[]): void {
  if (!given.remember && given.program !== undefined)
    throw new Failure('--program goes with --remember.', 'A post is of a session, whose target is known.')
  if (!given.remember) return
  const [session] = sessions
  if (session !== undefined)
    throw new Failure(
      `--remember takes no session, and ${sanitizeText(session, 100)} was named.`,
      'It remembers where the sessions of a program.md are posted: --program PATH.',
    )
  const other = Object.keys(given).find(name => given[name] !== undefined && !placeFlags.includes(name))
  if (other !== undefined)
    throw new Failure(`--${other} has no meaning with --remember, which sends nothing.`, 'Leave it out.')
}
