/** Whether a session can be posted to the remembered discussions, found out before it runs. */
import { sanitizeText } from '../../lib/text.ts'
import type { PostContext } from '../destination.ts'
import { visibilityText } from '../github/repository.ts'
import { nameOf, readRequest } from '../request.ts'
import type { Target } from '../target.ts'
import { findPlace } from './post.ts'

/** @throws {Failure} as `Check` says */
export async function checkDiscussion(target: Target, _program: string, context: PostContext): Promise<string> {
  const request = readRequest({ to: 'discussion' })([])
  const { repository, category } = await findPlace(target, request, context)
  return `${nameOf(repository)} (${visibilityText(repository)}), category ${sanitizeText(category.name, 100)}`
}
