/** Finds the pull request of a session among those of its branch. */
import { Failure } from '../../../lib/errors.ts'
import { sanitizeText } from '../../../lib/text.ts'
import type { RepositoryName } from '../../../share/remote/remote.ts'
import type { GitHub } from '../../github/client.ts'
import { markerOf, partOf } from '../../post.ts'
import { nameOf } from '../../request.ts'
import { readAll } from './pages.ts'
import { type PullRequest, pullRequestSchema } from './records.ts'
import { isBy } from './viewer.ts'

/** From where to where the pull request goes. */
export interface Route {
  /** The repository that holds the branch: a fork, or the base repository itself. */
  head: RepositoryName
  branch: string
  /** The repository that the pull request is opened in, and the branch that it is to be merged into. */
  base: RepositoryName
  into: string
}

/** "owner:branch", as GitHub calls the head of a pull request. */
export const labelOf = ({ head, branch }: Pick<Route, 'head' | 'branch'>): string => `${head.owner}:${branch}`

/** By what a pull request is known to be ours. */
export interface Mark {
  /** Of the post. */
  key: string
  /** Whose token it is, from `readViewer`. */
  viewer: string
}

/**
 * The open pull request that this command made of the branch; null where there is none yet.
 * @throws {Failure} when an earlier one was closed or merged, or another open one has the branch
 */
export async function findPullRequest(github: GitHub, route: Route, mark: Mark): Promise<PullRequest | null> {
  const { base, branch } = route
  const listed = await readAll(
    github,
    `list the pull requests of ${nameOf(base)}`,
    'GET /repos/{owner}/{repo}/pulls',
    { owner: base.owner, repo: base.name, head: labelOf(route), state: 'all', sort: 'created', direction: 'desc' },
    pullRequestSchema,
  )
  // GitHub leaves out a filter that it does not understand.
  const label = labelOf(route).toLowerCase()
  const ofBranch = listed.filter(({ head }) => head.label?.toLowerCase() === label && head.ref === branch)
  const isOurs = ({ body, user }: PullRequest) => partOf(body, mark.key) === 0 && isBy(mark.viewer, user)
  const open = ofBranch.find(({ state }) => state === 'open')
  if (open) {
    if (isOurs(open)) return open
    throw ofAnother(open, mark)
  }
  const last = ofBranch.find(isOurs)
  if (last) throw over(last, mark)
  return null
}

function ofAnother({ number, html_url, user, body }: PullRequest, { key, viewer }: Mark): Failure {
  const message = `The branch has a pull request that this command did not open with your token: #${number}, ${html_url}`
  if (isBy(viewer, user))
    return new Failure(
      message,
      `To have its title and description replaced, make \`${markerOf(key, 0)}\` the last line of its description; else close it.`,
    )
  const whose = user === null ? 'An account that is gone' : sanitizeText(user.login)
  const isPosted = partOf(body, key) === 0
  return new Failure(
    message,
    `${whose} opened it${isPosted ? ', by the same command: use a token of that account' : ''}, or have it closed.`,
  )
}

function over({ number, html_url, merged_at, base }: PullRequest, { key }: Mark): Failure {
  const isMerged = merged_at !== null
  return new Failure(
    `The pull request of this session was ${isMerged ? `merged into ${sanitizeText(base.ref)}` : 'closed'}: #${number}, ${html_url}`,
    `${isMerged ? 'Its changes are there: begin the next session from them' : 'Reopen it to have it updated'}. To open another of the same session, remove the line \`${markerOf(key, 0)}\` from its description.`,
  )
}
