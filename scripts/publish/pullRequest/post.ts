/** `pnpm post --to pull-request`: a branch with what a session kept, and a pull request with its report. */
import { join } from 'node:path'
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import type { Repository } from '../../lib/git/git.ts'
import { readSession } from '../../record/files/paths.ts'
import type { Session } from '../../record/schema.ts'
import type { Recorded } from '../../record/state.ts'
import { buildPost } from '../content/buildPost.ts'
import { notSent, type Outcome, type PostContext } from '../destination.ts'
import { readApi } from '../github/api.ts'
import { type GitHub, openGitHub } from '../github/client.ts'
import { findToken } from '../github/token.ts'
import { markerOf, type Post } from '../post.ts'
import { recall, remember } from '../remembered.ts'
import { nameOf, type PostRequest } from '../request.ts'
import { targetOf } from '../target.ts'
import { makeBranch } from './branch/branch.ts'
import { finalProposal, type Proposal, repositoryOf } from './branch/changes.ts'
import { branchName } from './branch/name.ts'
import { readOutgoing } from './branch/outgoing.ts'
import { sendComments } from './github/comments.ts'
import { findPullRequest } from './github/find.ts'
import { addLabels, readLabels } from './github/labels.ts'
import { createPullRequest, updatePullRequest } from './github/send.ts'
import { type Planned, planOf } from './plan.ts'
import { push, readBranches } from './remote/push.ts'
import { checkOwnBranch, readPushes, recordPush } from './remote/pushes.ts'
import { userGitIn } from './remote/userGit.ts'
import { chooseRemote, findDestination } from './route.ts'

/** What the branch is to hold: what the session kept, or commits that were made of it. */
export type Propose = (repository: Repository, session: Session, recorded: Recorded) => Promise<Proposal>

/** @throws {Failure} before anything is sent, where it can be known; what was sent is found again */
export async function postPullRequest(
  request: PostRequest,
  context: PostContext,
  propose: Propose = finalProposal,
): Promise<Outcome> {
  const [id = ''] = request.sessions
  if (request.about !== 'session')
    throw new Failure(
      'A pull request is of one session.',
      `Name one, e.g. \`${command(`post ${shellWord(id)} --to pull-request`)}\`. Several fit into one post with --to discussion.`,
    )
  const folder = join(context.root, id)
  const records = await readSession(folder)
  const { session } = records
  const repository = await repositoryOf(session)
  const options = { keepPaths: request.keepPaths, withLogs: request.withLogs }
  const proposal = await propose(repository, session, records)
  const changes = await makeBranch(repository, session, proposal, options, request.withSession ? folder : null)
  const post = withFirst(await buildPost(request.sessions, request.about, options), changes.about)

  const target = await targetOf([session])
  const before = await recall(target.key, 'pull-request')
  const api = readApi(request.api ?? before?.api ?? null)
  const git = userGitIn(repository.root, context.env)
  const remote = await chooseRemote(git, request, before, context)
  const branch = branchName(session, request.keepPaths)
  const { terminal, clock } = context
  const github = openGitHub({ api, token: await findToken(api, context.env), clock, terminal })
  const destination = await findDestination(github, remote, branch, request, before, target)
  const { route } = destination
  const marker = markerOf(post.key, 0)
  const found = await findPullRequest(github, route, marker)
  const usual = destination.mayLabel === false ? [] : post.labels
  const labels = await readLabels(github, route.base, request.labels, usual)

  const branches = await readBranches(git, remote)
  const outgoing = await readOutgoing(repository, changes, [...branches.values()])
  const now = branches.get(branch) ?? null
  if (now !== null && now !== changes.tip) checkOwnBranch(branch, now, outgoing.commits, await readPushes(folder))
  const visibility = destination.repository.visibility
  const planned = { ...post, labels, remote, route, visibility, changes, outgoing, before: now, found }
  if (!(await context.approve(planOf(planned)))) return notSent(found?.html_url ?? null)

  const done: Outcome['done'] = []
  if (now !== changes.tip) {
    // Before the push, whose answer may be lost.
    const at = new Date(clock.now()).toISOString()
    await recordPush(folder, { address: remote.address, branch, commit: changes.tip, at })
    await push(git, remote, { branch, commit: changes.tip, expected: now })
    done.push(['pushed', `${branch} to ${remote.name}`])
  }
  const { address, steps } = await send(github, planned, post, marker)
  done.push(...steps)
  await remember({
    target: target.key,
    to: 'pull-request',
    api,
    repository: nameOf(route.base),
    category: null,
    remote: remote.name,
    folder: null,
    frontMatter: null,
    public: destination.isPublicAllowed,
  })
  return { sent: true, done: done.length > 0 ? done : [['unchanged', address]], address }
}

/** The post with a paragraph before its body. Its parts leave room for that. */
const withFirst = (post: Post, paragraph: string): Post => ({
  ...post,
  parts: post.parts.map((text, i) => (i === 0 ? `${paragraph}\n\n${text}` : text)),
})

async function send(
  github: GitHub,
  { route, found, labels }: Pick<Planned, 'route' | 'found' | 'labels'>,
  post: Post,
  marker: string,
): Promise<{ address: string; steps: Outcome['done'] }> {
  const text = { title: post.title, body: post.parts[0] ?? '' }
  const sent =
    found === null
      ? await createPullRequest(github, route, text, marker)
      : await updatePullRequest(github, route, found, text)
  const address = sent.html_url
  const steps: Outcome['done'] = []
  if (found === null) steps.push(['opened', `pull request ${address}`])
  else if (sent !== found) steps.push(['updated', `pull request ${address}`])
  const added = await addLabels(github, route.base, sent, labels)
  if (added.length > 0) steps.push(['labelled', added.join(', ')])
  const comments = await sendComments(github, route, sent.number, post)
  for (const [verb, count] of Object.entries(comments))
    if (count > 0) steps.push([verb, `${count} ${count === 1 ? 'comment' : 'comments'}`])
  return { address, steps }
}
