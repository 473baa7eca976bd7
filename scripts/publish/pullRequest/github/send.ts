/** Opens or updates the pull request of a branch; its text is read back and compared. */
import { Failure } from '../../../lib/errors.ts'
import type { GitHub } from '../../github/client.ts'
import { confirmWritten, isSame } from '../../github/confirm.ts'
import { GitHubFailure } from '../../github/errors.ts'
import { writeOnce } from '../../github/writeOnce.ts'
import { nameOf } from '../../request.ts'
import { findPullRequest, labelOf, type Mark, type Route } from './find.ts'
import { type PullRequest, pullRequestSchema } from './records.ts'

export interface Text {
  title: string
  body: string
}

/**
 * Opens a pull request. One whose answer was lost is found again.
 * @param text with the mark
 * @throws {Failure} when GitHub refuses it, or keeps another text
 */
export async function openPullRequest(
  github: GitHub,
  route: Route,
  text: Text,
  mark: Mark,
  isDraft = false,
): Promise<PullRequest> {
  const { base, head, into } = route
  // GitHub needs the name of a fork where one account owns both.
  const isBeside = head.owner === base.owner && head.name !== base.name
  const parameters = {
    owner: base.owner,
    repo: base.name,
    title: text.title,
    body: text.body,
    head: labelOf(route),
    base: into,
    ...(isBeside ? { head_repo: head.name } : {}),
    ...(isDraft ? { draft: true } : {}),
  }
  const what = `open a pull request in ${nameOf(base)}`
  const send = () => github.rest(what, 'POST /repos/{owner}/{repo}/pulls', parameters, pullRequestSchema)
  const find = () => findPullRequest(github, route, mark)
  const opened = await writeOnce(github.clock, send, find).catch(async (error: unknown) => {
    if (!(error instanceof GitHubFailure) || error.status !== 422) throw error
    // Somewhere on its way it was sent twice.
    const already = /already exists/i.test(error.advice) ? await find() : null
    if (already !== null) return already
    throw refused(error, route)
  })
  await confirm(github, route, opened, text)
  return opened
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
  const { title, body } = text
  const parameters = { ...whichOf(route, number), title, body }
  const updated = await writeOnce(
    github.clock,
    () => github.rest(`update pull request #${number}`, `PATCH ${path}`, parameters, pullRequestSchema),
    async () => {
      const now = await read(github, route, number)
      return hasText(now, text) ? now : null
    },
  )
  await confirm(github, route, updated, text)
  return updated
}

export const hasText = (given: PullRequest, { title, body }: Text): boolean =>
  isSame(given.title, title) && isSame(given.body, body)

const path = '/repos/{owner}/{repo}/pulls/{pull_number}'

const whichOf = ({ base }: Route, number: number) => ({ owner: base.owner, repo: base.name, pull_number: number })

const read = (github: GitHub, route: Route, number: number): Promise<PullRequest> =>
  github.rest(`read pull request #${number}`, `GET ${path}`, whichOf(route, number), pullRequestSchema)

const confirm = (github: GitHub, route: Route, { number, html_url }: PullRequest, text: Text): Promise<void> =>
  confirmWritten(github, html_url, async () => hasText(await read(github, route, number), text))

/** @param error of status 422 */
function refused(error: GitHubFailure, { into, base, branch }: Route): Failure {
  const there = `${into} of ${nameOf(base)}`
  if (/no commits between/i.test(error.advice))
    return new Failure(
      `There is nothing to merge: ${there} has every commit of ${branch}.`,
      'Was it merged already? No pull request was opened.',
      { cause: error },
    )
  if (/draft pull requests are not supported/i.test(error.advice))
    return new Failure(
      `${nameOf(base)} has no draft pull requests: its plan does not include them.`,
      'Leave out --draft.',
      { cause: error },
    )
  if (/history in common|unrelated histories/i.test(error.advice))
    return new Failure(
      `${branch} and ${there} have no history in common, so no pull request can be opened.`,
      'Name the repository that the target was cloned from: --repository.',
      { cause: error },
    )
  return error
}
