/** The destinations of posts: what sends a post there, and what checks before a session that it can be sent. */
import type { CheckedPlace, Destination, PostContext } from './destination.ts'
import { checkDiscussion } from './discussion/check.ts'
import { postDiscussion } from './discussion/post.ts'
import { checkDocs } from './docs/check.ts'
import { postDocs } from './docs/post.ts'
import type { Where } from './post.ts'
import { checkPullRequest } from './pullRequest/check.ts'
import { postPullRequest } from './pullRequest/post.ts'
import type { PostRequest } from './request.ts'
import type { Target } from './target.ts'

/**
 * Looks up where a post would go, by what is given and remembered.
 * @param program path of the program.md whose sessions are posted
 * @throws {Failure} when something is missing that a post needs; a GitHubFailure without a status, or of 500 and more, when
 *   that could not be found out
 */
export type Check = (
  request: PostRequest,
  target: Target,
  program: string,
  context: PostContext,
) => Promise<CheckedPlace>

export const senders: Record<Where, Destination> = {
  discussion: postDiscussion,
  'pull-request': postPullRequest,
  docs: postDocs,
}

export const checks: Record<Where, Check> = {
  discussion: checkDiscussion,
  'pull-request': checkPullRequest,
  docs: checkDocs,
}
