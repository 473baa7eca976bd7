/** `pnpm post --to discussion`: a session in GitHub Discussions, updated in place when it is posted again. */
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { named, plural, sanitizeText } from '../../lib/text.ts'
import { readSessionRecord } from '../../record/files/paths.ts'
import { type PostRecord, readPosts, recordPost } from '../../record/files/posts.ts'
import type { RepositoryName } from '../../share/remote/remote.ts'
import { buildPost } from '../content/buildPost.ts'
import { notSent, type Outcome, type Plan, type PostContext } from '../destination.ts'
import { readApi } from '../github/api.ts'
import { type GitHub, openGitHub } from '../github/client.ts'
import { lookUpRepository, type RemoteRepository, visibilityText } from '../github/repository.ts'
import { checkRepository } from '../github/rules.ts'
import { findToken } from '../github/token.ts'
import type { Post } from '../post.ts'
import { type Remembered, recall, remember } from '../remembered.ts'
import { nameOf, type PostRequest, readRepositoryName } from '../request.ts'
import { type Target, targetOf } from '../target.ts'
import { type Change, changesFor, describe, textsOf } from './changes.ts'
import { findComments, findPost } from './find.ts'
import { findCategory, findLabel, findLabels, type Named } from './place.ts'
import { sendChanges, type Written } from './send.ts'

/** @throws {Failure} when a key blocks it, something is missing, or GitHub refuses it; it names what was sent */
export async function postDiscussion(request: PostRequest, context: PostContext): Promise<Outcome> {
  const records = await Promise.all(request.sessions.map(id => readSessionRecord(join(context.root, id))))
  const post = await buildPost(request.sessions, request.about, request, new Date(context.clock.now()), context.root)
  return publishDiscussion(post, await targetOf(records), request, context)
}

/** Posts a text that is ready. */
export async function publishDiscussion(
  post: Post,
  target: Target,
  request: PostRequest,
  context: PostContext,
): Promise<Outcome> {
  const place = await findPlace(target, request, context)
  const { github, repository, category, isMoved } = place
  const labels = await labelsOf(place, post, request)
  const folders = post.sessions.map(id => join(context.root, id))
  const name = nameOf(repository)
  const recorded = (await Promise.all(folders.map(readPosts)))
    .flat()
    .filter(record => isRecordOf(record, post.key, name))
  const tell = (looked: number) =>
    context.terminal.live(`looking   for an earlier post: ${plural(looked, 'discussion')} so far`)
  const discussion = await findPost(github, repository.id, post.key, recorded, tell)
  const existing = discussion && { discussion, comments: await findComments(github, discussion.id, post.key) }
  if (discussion?.viewerCanUpdate === false)
    throw new Failure(`${discussion.url} cannot be updated with this token.`, 'Is the discussion locked?')

  const changes = changesFor(post, existing, isMoved ? category : null, labels.there)
  const record = async ({ id, url }: Written) => {
    const at = new Date(context.clock.now()).toISOString()
    const entry: PostRecord = { to: 'discussion', address: url, repository: name, id, key: post.key, at }
    for (const folder of folders) await recordPost(folder, entry)
  }
  if (discussion !== null && changes.length === 0) {
    if (recorded.every(({ id }) => id !== discussion.id)) await record(discussion)
    return { sent: false, done: [['unchanged', discussion.url]], address: discussion.url }
  }
  if (!(await context.approve(planOf(changes, place, discussion, labels.missing))))
    return notSent(discussion?.url ?? null)
  await remember(rememberedPlace(target, place), context.work)
  const sending = { github, repository: repository.id, category, post, onWritten: record }
  const { discussion: written, done } = await sendChanges(sending, discussion, changes)
  return { sent: true, done, address: written.url }
}

interface Place {
  github: GitHub
  repository: RemoteRepository
  category: Named
  /** Whether the category was given now: a discussion elsewhere is then moved there. */
  isMoved: boolean
  isPublicAllowed: boolean
}

/** Repository and category: given, else remembered for the target, else asked for. There is no default. */
export async function findPlace(
  target: Target,
  request: PostRequest,
  { env, work, terminal, clock, ask }: PostContext,
): Promise<Place> {
  const remembered = await recall(target.key, 'discussion', work)
  const api = readApi(request.api ?? remembered?.api ?? null)
  // On another GitHub a repository of the same name is another one.
  const last = remembered?.api === api ? remembered : null
  const wanted = request.repository ?? (await lastOrAsked())
  const token = await findToken(api, env)
  const github = openGitHub({ api, token, clock, terminal })
  const repository = await lookUpRepository(github, wanted)
  const isPublicAllowed = await checkRepository(github, repository, target, request.allowPublic, work)
  const isLast = last?.repository === nameOf(repository)
  const given = request.category ?? (isLast ? last.category : null)
  const category = await findCategory(github, repository, given, ask)
  return { github, repository, category, isMoved: request.category !== null, isPublicAllowed }

  async function lastOrAsked(): Promise<RepositoryName> {
    if (last?.repository) return readRepositoryName(last.repository)
    if (ask) return readRepositoryName(await ask('Repository of the discussion (OWNER/NAME)?'))
    throw new Failure(
      'No repository was given, and none is remembered for this target.',
      'Add --repository OWNER/NAME and --category NAME; they are remembered.',
    )
  }
}

/** The place as later posts of the target find it. */
export const rememberedPlace = (
  target: Target,
  { github, repository, category, isPublicAllowed }: Place,
): Remembered => ({
  target: target.key,
  to: 'discussion',
  api: github.api,
  repository: nameOf(repository),
  category: category.name,
  remote: null,
  folder: null,
  frontMatter: null,
  public: isPublicAllowed,
})

/** The given labels must be there; of those that each post gets, what is there is used. */
async function labelsOf({ github, repository }: Place, post: Post, request: PostRequest) {
  const given = await findLabels(github, repository, request.labels)
  const others = post.labels.filter(name => !request.labels.includes(name))
  const found = await Promise.all(others.map(name => findLabel(github, repository, name)))
  const missing = others.filter((_, i) => found[i] === null)
  return { there: [...given, ...found.filter(label => label !== null)], missing }
}

/** What is recorded may be of another key, or of another repository. */
const isRecordOf = (record: PostRecord, key: string, repository: string): boolean =>
  record.to === 'discussion' && record.key === key && record.repository === repository

function planOf(changes: Change[], place: Place, discussion: Written | null, missing: string[]): Plan {
  const { repository, category, github } = place
  const visibility = visibilityText(repository)
  const where =
    discussion === null
      ? `${nameOf(repository)} on ${github.host} (${visibility}), category ${sanitizeText(category.name)}`
      : `${discussion.url} (${visibility})`
  const without = missing.length === 0 ? [] : [`The repository has no label ${named(missing)}: the post goes without.`]
  return {
    steps: [`Discussion in ${where}. Sending it will:`, ...changes.map(change => `- ${describe(change)}`), ...without],
    texts: changes.flatMap(textsOf),
  }
}
