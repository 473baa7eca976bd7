/** Whether a session can be posted to a category of discussions, found out before it runs. */
import { sanitizeText } from '../../lib/text.ts'
import type { CheckedPlace, PostContext } from '../destination.ts'
import { visibilityText } from '../github/repository.ts'
import { nameOf, type PostRequest } from '../request.ts'
import type { Target } from '../target.ts'
import { findPlace, rememberedPlace } from './post.ts'

/** @throws {Failure} as `Check` says */
export async function checkDiscussion(
  request: PostRequest,
  target: Target,
  _program: string,
  context: PostContext,
): Promise<CheckedPlace> {
  const place = await findPlace(target, request, context)
  const { repository, category } = place
  return {
    text: `${nameOf(repository)} (${visibilityText(repository)}), category ${sanitizeText(category.name, 100)}`,
    remembered: rememberedPlace(target, place),
  }
}
