/** `pnpm post --to pull-request`: the adopted branch, or one with what a session kept, and its pull request. */
import { failpoint } from '../../lib/process/failpoint.ts'
import { recordPost } from '../../record/files/posts.ts'
import { notSent, type Outcome, type PostContext } from '../destination.ts'
import { withSent } from '../github/withSent.ts'
import { type Remembered, remember } from '../remembered.ts'
import { nameOf, type PostRequest } from '../request.ts'
import { sessionProposal } from './branch/adopted.ts'
import { sendComment } from './github/comments.ts'
import { addLabels } from './github/labels.ts'
import { hasText, openPullRequest, updatePullRequest } from './github/send.ts'
import { isUnchanged, planOf } from './plan.ts'
import { type Prepared, type Propose, prepare } from './prepare.ts'
import { push } from './remote/push.ts'
import { recordPush } from './remote/pushes.ts'

/**
 * @param propose what the branch holds; by default the adopted branch, or the commits that the session kept
 * @throws {Failure} when something is missing, or git or GitHub refuses it; it names what was sent
 */
export async function postPullRequest(
  request: PostRequest,
  context: PostContext,
  propose: Propose = sessionProposal,
): Promise<Outcome> {
  const prepared = await prepare(request, context, propose)
  const { found, github } = prepared
  const now = () => new Date(github.clock.now()).toISOString()
  if (found !== null && isUnchanged(prepared)) {
    await record(prepared, found.html_url, now())
    return { sent: false, done: [['unchanged', found.html_url]], address: found.html_url }
  }
  if (!(await context.approve(planOf(prepared)))) return notSent(found?.html_url ?? null)
  await remember(rememberedRoute(prepared), context.work)
  const done: Outcome['done'] = []
  try {
    const address = await send(prepared, done, now)
    return { sent: true, done, address }
  } catch (error) {
    throw withSent(error, done)
  }
}

/** @param done gets a line for each step @returns the address of the pull request */
async function send(prepared: Prepared, done: Outcome['done'], now: () => string): Promise<string> {
  const { folder, github, git, remote, route, changes, before, mark, found, text, labels, comments } = prepared
  const { branch } = route
  if (before !== changes.tip) {
    // Before the push, whose answer may be lost.
    await recordPush(folder, { address: remote.address, branch, commit: changes.tip, at: now() })
    failpoint('push recorded')
    await push(git, remote, { branch, commit: changes.tip, expected: before })
    done.push(['pushed', `${branch} to ${remote.name}`])
    failpoint('branch pushed')
  }
  const pullRequest =
    found === null
      ? await openPullRequest(github, route, text, mark, prepared.isDraft)
      : await updatePullRequest(github, route, found, text)
  const { number, html_url: address } = pullRequest
  await record(prepared, address, now())
  if (found === null) done.push(['opened', address])
  else if (!hasText(found, text)) done.push(['updated', address])
  failpoint('posted')
  if (labels.length > 0) {
    await addLabels(github, route.base, pullRequest, labels)
    done.push(['labelled', labels.join(', ')])
  }
  for (const [i, change] of comments.entries()) {
    await sendComment(github, route, number, mark, change)
    done.push([verbs[change.kind], `comment ${i + 1} of ${comments.length} on #${number}`])
  }
  return address
}

const verbs = { add: 'added', update: 'updated', delete: 'deleted' } as const

const record = ({ folder, route, mark }: Prepared, address: string, at: string): Promise<void> =>
  recordPost(folder, { to: 'pull-request', address, repository: nameOf(route.base), id: null, key: mark.key, at })

/** The remote and repository as later posts of the target find them. */
export const rememberedRoute = ({
  target,
  github,
  route,
  remote,
  isPublicAllowed,
}: Pick<Prepared, 'target' | 'github' | 'route' | 'remote' | 'isPublicAllowed'>): Remembered => ({
  target,
  to: 'pull-request',
  api: github.api,
  repository: nameOf(route.base),
  category: null,
  remote: remote.name,
  folder: null,
  frontMatter: null,
  public: isPublicAllowed,
})
