/** Everything that a pull request needs, made and looked up before anything is sent. */
import { join } from 'node:path'
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import type { Repository } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import { readSession } from '../../record/files/paths.ts'
import type { Session } from '../../record/schema.ts'
import type { Recorded } from '../../record/state.ts'
import type { Remote } from '../../share/remote/remote.ts'
import { type UserGit, userGitIn } from '../../share/remote/userGit.ts'
import { keyOf } from '../content/key.ts'
import type { PostContext } from '../destination.ts'
import { readApi } from '../github/api.ts'
import { type GitHub, openGitHub } from '../github/client.ts'
import type { RemoteRepository } from '../github/repository.ts'
import { findToken } from '../github/token.ts'
import { recall } from '../remembered.ts'
import { nameOf, type PostRequest } from '../request.ts'
import { targetOf } from '../target.ts'
import { makeBranch } from './branch/branch.ts'
import type { Changes, Proposal } from './branch/changes.ts'
import { repositoryOf } from './branch/changes.ts'
import { changedFiles, onlySubject } from './branch/diff.ts'
import { branchName } from './branch/name.ts'
import { type Outgoing, readOutgoing } from './branch/outgoing.ts'
import { type CommentChange, commentChanges, findComments } from './github/comments.ts'
import { findPullRequest, type Mark, type Route } from './github/find.ts'
import { missingLabels, readLabels } from './github/labels.ts'
import type { PullRequest } from './github/records.ts'
import type { Text } from './github/send.ts'
import { readTemplate, type Templates } from './github/templates.ts'
import { readViewer } from './github/viewer.ts'
import { readBranches } from './remote/push.ts'
import { checkOwnBranch, readPushes } from './remote/pushes.ts'
import { chooseRemote, findDestination } from './route.ts'
import { buildText } from './text/build.ts'
import { templateSection } from './text/template.ts'
import { givenTitle } from './text/title.ts'

export interface Prepared {
  /** Folder of the session. */
  folder: string
  github: GitHub
  git: UserGit
  remote: Remote
  route: Route
  /** The base repository. */
  repository: RemoteRepository
  changes: Changes
  outgoing: Outgoing
  /** The commit that the remote's branch is at; null: it is not there. */
  before: string | null
  mark: Mark
  /** The pull request that is updated; null: one is opened. */
  found: PullRequest | null
  text: Text
  /** --draft: a new pull request is opened as a draft. */
  isDraft: boolean
  template: Templates
  /** Changes of the comments that continue the text. */
  comments: CommentChange[]
  /** Labels to add. */
  labels: string[]
  /** Usual labels that the repository lacks. */
  missing: string[]
  /** Key of the target, and whether --public was given for the base repository: to be remembered. */
  target: string
  isPublicAllowed: boolean
}

/** What the branch is to hold: what the session kept, or commits that were made of that. */
export type Propose = (
  repository: Repository,
  session: Session,
  recorded: Recorded,
  folder: string,
) => Promise<Proposal>

/** @throws {Failure} for whatever can be known to be wrong before something is sent */
export async function prepare(request: PostRequest, context: PostContext, propose: Propose): Promise<Prepared> {
  const id = oneSession(request)
  const folder = join(context.root, id)
  const records = await readSession(folder)
  const { session } = records
  const repository = await repositoryOf(session)
  const proposal = await propose(repository, session, records, folder)
  const changes = await makeBranch(repository, session, proposal, request, request.withSession ? folder : null)
  const { terminal, clock, env, work } = context

  const { key: target, isOwn } = await targetOf([session])
  const before = await recall(target, 'pull-request', work)
  const api = readApi(request.api ?? before?.api ?? null)
  const git = userGitIn(repository.root, context.env)
  const remote = await chooseRemote(git, request, before, context)
  const branch = proposal.adopted?.branch ?? branchName(session, request.keepPaths)
  const github = openGitHub({ api, token: await findToken(api, env), clock, terminal })
  const place = await findDestination(github, remote, branch, request, before, { key: target, isOwn }, work)
  const { route } = place

  const mark = { key: keyOf('session', [id], new Date(clock.now())), viewer: await readViewer(github) }
  const found = await findPullRequest(github, route, mark)
  const templates = await readTemplate(github, route.base, request.template)
  const post = await buildText({
    folder,
    id,
    options: request,
    proposal: { ...proposal, about: changes.about },
    files: await changedFiles(repository, proposal),
    records: request.withSession ? `sessions/${id}` : null,
    fetch: { address: `https://${github.host}/${nameOf(route.head)}`, branch },
    title: request.title === null ? null : givenTitle(request.title),
    subject: await onlySubject(repository, proposal),
    template: templateSection(templates.chosen?.text ?? null, found?.body ?? null),
  })
  const text = { title: post.title, body: post.body }
  const comments = found === null ? [] : await findComments(github, route, found.number, mark)
  const usual = post.labels.filter(label => !request.labels.includes(label))
  if (request.labels.length > 0 && place.mayLabel === false) throw mayNotLabel(nameOf(route.base))
  const labels = await readLabels(github, route.base, request.labels, place.mayLabel === false ? [] : usual)

  const branches = await readBranches(git, remote)
  await checkHistory(repository, changes.tip, route, branches.get(route.into) ?? null)
  const outgoing = await readOutgoing(repository, changes, [...branches.values()])
  const now = branches.get(branch) ?? null
  if (now !== null && now !== changes.tip) checkOwnBranch(branch, now, outgoing.commits, await readPushes(folder))
  return {
    folder,
    github,
    git,
    remote,
    route,
    repository: place.repository,
    changes,
    outgoing,
    before: now,
    mark,
    found,
    text,
    comments: commentChanges(post.comments, comments),
    isDraft: request.draft,
    template: templates,
    labels: found === null ? labels.there : missingLabels(found, labels.there),
    missing: labels.missing,
    target,
    isPublicAllowed: place.isPublicAllowed,
  }
}

/** @param into the commit that the remote's branch of that name is at; null: it has none */
async function checkHistory({ git }: Repository, tip: string, route: Route, into: string | null): Promise<void> {
  const isHere =
    into !== null &&
    (await git.raw('cat-file', '-e', `${into}^{commit}`).then(
      () => true,
      () => false,
    ))
  if (!isHere || (await git.raw('merge-base', tip, into).catch(() => '')) !== '') return
  throw new Failure(
    `The commits of the session and ${sanitizeText(route.into)} of ${nameOf(route.head)} have no history in common.`,
    'They are of another repository: name its remote with --remote.',
  )
}

const mayNotLabel = (repository: string): Failure =>
  new Failure(
    `Your account may not add labels in ${repository}.`,
    'Leave out --label, or ask for the right to triage there.',
  )

function oneSession({ sessions, about }: PostRequest): string {
  const [id = ''] = sessions
  if (about === 'session') return id
  throw new Failure(
    'A pull request is of one session.',
    `Name one, e.g. \`${command(`post ${shellWord(id)} --to pull-request`)}\`. Several make one post with --to discussion.`,
  )
}
