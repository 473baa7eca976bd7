/** Creates or updates the pull request of a branch; each text is read back and compared. */
import { Failure } from '../../../lib/errors.ts'
import type { GitHub } from '../../github/client.ts'
import { GitHubFailure } from '../../github/errors.ts'
import { writeOnce } from '../../github/writeOnce.ts'
import { nameOf } from '../../request.ts'
import { findPullRequest, labelOf, type Route } from './find.ts'
import { type PullRequest, pullRequestSchema, sameText } from './records.ts'

export interface Text {
  title: string
  body: string
}

/**
 * Opens a pull request. One whose answer was lost is found again.
 * @param marker in the body
 * @throws {Failure} when GitHub refuses it, or keeps another text
 */
export async function createPullRequest(
  github: GitHub,
  route: Route,
  text: Text,
  marker: string,
): Promise<PullRequest> {
  const { base, head, into } = route
  const isFork = nameOf(head).toLowerCase() !== nameOf(base).toLowerCase()
  const send = () =>
    github.rest(
      `open a pull request in ${nameOf(base)}`,
      'POST /repos/{owner}/{repo}/pulls',
      {
        owner: base.owner,
        repo: base.name,
        ...text,
        head: labelOf(route),
        base: into,
        // GitHub needs it where one organisation owns both.
        ...(isFork && head.owner.toLowerCase() === base.owner.toLowerCase() ? { head_repo: head.name } : {}),
      },
      pullRequestSchema,
    )
  const find = () => findPullRequest(github, route, marker)
  const created = await writeOnce(github.clock, send, find).catch(async (error: unknown) => {
    if (!(error instanceof GitHubFailure) || error.status !== 422) throw error
    // Also where a gateway sent it twice.
    const already = /already exists/i.test(error.advice) ? await find() : null
    if (already !== null) return already
    throw refused(error, route)
  })
  return checked(github, route, created.number, text)
}

/** @returns the pull request as it is now; nothing is sent where it has the text already */
export async function updatePullRequest(
  github: GitHub,
  route: Route,
  before: PullRequest,
  text: Text,
): Promise<PullRequest> {
  if (hasText(before, text)) return before
  const { number } = before
  const parameters = { ...whichOf(route, number), ...text }
  await writeOnce(
    github.clock,
    () => github.rest(`update pull request #${number}`, `PATCH ${path}`, parameters, pullRequestSchema),
    async () => {
      const now = await readPullRequest(github, route, number)
      return hasText(now, text) ? now : null
    },
  )
  return checked(github, route, number, text)
}

const path = '/repos/{owner}/{repo}/pulls/{pull_number}'

const whichOf = ({ base }: Route, number: number) => ({ owner: base.owner, repo: base.name, pull_number: number })

const hasText = (given: PullRequest, { title, body }: Text): boolean =>
  given.title === title && sameText(given.body, body)

const readPullRequest = (github: GitHub, route: Route, number: number): Promise<PullRequest> =>
  github.rest(`read pull request #${number}`, `GET ${path}`, whichOf(route, number), pullRequestSchema)

/** The pull request as GitHub has it. @throws {Failure} when it has another title or description than was sent */
async function checked(github: GitHub, route: Route, number: number, text: Text): Promise<PullRequest> {
  const now = await readPullRequest(github, route, number)
  if (hasText(now, text)) return now
  throw new Failure(
    `GitHub kept another ${now.title === text.title ? 'description' : 'title'} of pull request #${number} than was sent: ${now.html_url}`,
    'Run the command again; if it stays so, shorten the text.',
  )
}

/** @param error of status 422 */
function refused(error: GitHubFailure, route: Route): Failure {
  const { into, base, branch } = route
  if (/no commits between/i.test(error.advice))
    return new Failure(
      `${branch} has no commit that ${into} of ${nameOf(base)} lacks, so there is nothing to merge.`,
      'Its changes may have been merged already. The branch was pushed; no pull request was opened.',
      { cause: error },
    )
  if (/no history in common|has no history/i.test(error.advice))
    return new Failure(
      `${branch} and ${into} of ${nameOf(base)} have no history in common.`,
      'The branch was pushed; name the repository that the target was cloned from: --repository.',
      { cause: error },
    )
  return error
}
