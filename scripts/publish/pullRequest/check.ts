/** Whether a session can be proposed as a pull request by way of a remote, found out before it runs. */
import { dirname, resolve } from 'node:path'
import { openRepository } from '../../lib/git/git.ts'
import { userGitIn } from '../../share/remote/userGit.ts'
import type { CheckedPlace, PostContext } from '../destination.ts'
import { readApi } from '../github/api.ts'
import { openGitHub } from '../github/client.ts'
import { visibilityText } from '../github/repository.ts'
import { findToken } from '../github/token.ts'
import { recall } from '../remembered.ts'
import { nameOf, type PostRequest } from '../request.ts'
import type { Target } from '../target.ts'
import { branchName } from './branch/name.ts'
import { rememberedRoute } from './post.ts'
import { readBranches } from './remote/push.ts'
import { chooseRemote, findDestination } from './route.ts'

/** @throws {Failure} as `Check` says */
export async function checkPullRequest(
  request: PostRequest,
  target: Target,
  program: string,
  context: PostContext,
): Promise<CheckedPlace> {
  const { env, work, clock, terminal } = context
  const before = await recall(target.key, 'pull-request', work)
  const { root } = await openRepository(dirname(resolve(program)))
  const git = userGitIn(root, env)
  const remote = await chooseRemote(git, request, before, context)
  const api = readApi(request.api ?? before?.api ?? null)
  const github = openGitHub({ api, token: await findToken(api, env), clock, terminal })
  // The session has no tag yet; the branch's name matters only where it is the default branch.
  const branch = branchName({ machine: { label: 'machine' }, tag: 'tag' })
  const { route, repository, isPublicAllowed } = await findDestination(
    github,
    remote,
    branch,
    request,
    before,
    target,
    work,
  )
  // By git, with the user's credentials.
  await readBranches(git, remote)
  return {
    text: `${nameOf(route.base)} (${visibilityText(repository)}), pushed to ${remote.name}`,
    remembered: rememberedRoute({ target: target.key, github, route, remote, isPublicAllowed }),
  }
}
