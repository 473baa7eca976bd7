import { Failure } from '../../lib/errors.ts'
import type { Outcome, PostContext } from '../destination.ts'
import type { PostRequest } from '../request.ts'

/** Filled in by a later commit. */
export async function postPullRequest({ to }: PostRequest, _context: PostContext): Promise<Outcome> {
  throw new Failure(`--to ${to} is not available yet.`, 'Update Nightshift.')
}
