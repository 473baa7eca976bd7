/** The destinations of posts: what sends a post there, and what checks before a session that it can be sent. */
import type { Destination, PostContext } from './destination.ts'
import { checkDiscussion } from './discussion/check.ts'
import { postDiscussion } from './discussion/post.ts'
import { checkDocs } from './docs/check.ts'
import { postDocs } from './docs/post.ts'
import type { Where } from './post.ts'
import { checkPullRequest } from './pullRequest/check.ts'
import { postPullRequest } from './pullRequest/post.ts'
import type { Target } from './target.ts'

/**
 * @returns where the remembered destination is, e.g. "my-lab/research (private), category Research"
 * @throws {Failure} when something is missing that a post needs; a GitHubFailure without a status, or of 500 and more, when
 *   that could not be found out
 */
export type Check = (target: Target, program: string, context: PostContext) => Promise<string>

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
