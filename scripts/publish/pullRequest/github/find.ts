/** Finds the pull request of a session among those of its branch. */
import { command } from '../../../lib/command.ts'
import { Failure } from '../../../lib/errors.ts'
import type { GitHub } from '../../github/client.ts'
import { nameOf, type RepositoryName } from '../../request.ts'
import { readAll } from './pages.ts'
import { type PullRequest, pullRequestSchema } from './records.ts'

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

/**
 * The open pull request that this command made of the branch; null where there is none yet.
 * @param marker hidden in its description
 * @throws {Failure} when an earlier one was closed or merged, or another open one has the branch
 */
export async function findPullRequest(
  github: Pick<GitHub, 'rest'>,
  route: Route,
  marker: string,
): Promise<PullRequest | null> {
  const { base, branch } = route
  const of = await readAll(
    github,
    `list the pull requests of ${nameOf(base)}`,
    'GET /repos/{owner}/{repo}/pulls',
    { owner: base.owner, repo: base.name, head: labelOf(route), state: 'all', sort: 'created', direction: 'desc' },
    pullRequestSchema,
  )
  // GitHub leaves out a filter that it does not understand.
  const ofBranch = of.filter(
    ({ head }) => head.label.toLowerCase() === labelOf(route).toLowerCase() && head.ref === branch,
  )
  const open = ofBranch.find(({ state }) => state === 'open')
  const own = ofBranch.filter(({ body }) => body?.includes(marker))
  if (open !== undefined && own.includes(open)) return open
  if (open !== undefined) throw ofAnother(open, marker)
  if (own[0] !== undefined) throw over(own[0], marker)
  return null
}

const ofAnother = ({ number, html_url }: PullRequest, marker: string): Failure =>
  new Failure(
    `Pull request #${number} of this branch was not opened by \`${command('post')}\`: ${html_url}`,
    `To have its title and description replaced, add the line \`${marker}\` to its description; else close it.`,
  )

function over({ number, html_url, merged_at, base }: PullRequest, marker: string): Failure {
  const isMerged = merged_at !== null
  return new Failure(
    `Pull request #${number} of this session was ${isMerged ? `merged into ${base.ref}` : 'closed'}: ${html_url}`,
    `${isMerged ? 'Its changes are there; begin the next session from them' : 'Reopen it to have it updated'}. To open another one of the same session, remove the line \`${marker}\` from its description.`,
  )
}
