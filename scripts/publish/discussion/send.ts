/**
 * Writes the changes of a post, one after another, and reads each back: GitHub may answer that a write succeeded and keep the
 * old text. Where an answer is lost, what was written is looked for before it is sent again.
 */
import { failpoint } from '../../lib/process/failpoint.ts'
import type { Outcome } from '../destination.ts'
import type { GitHub } from '../github/client.ts'
import { confirmWritten, isSame } from '../github/confirm.ts'
import { withSent } from '../github/withSent.ts'
import { writeOnce } from '../github/writeOnce.ts'
import type { Post } from '../post.ts'
import { type Change, describe } from './changes.ts'
import { findByMarker, findComments, readComment, readDiscussion } from './find.ts'
import type { Named } from './place.ts'
import {
  addComment,
  addedComment,
  addLabels,
  anyAnswer,
  createDiscussion,
  createdDiscussion,
  deleteComment,
  updateComment,
  updateDiscussion,
} from './queries.ts'

export interface Written {
  /** GraphQL node id. */
  id: string
  url: string
}

export interface Sending {
  github: GitHub
  /** GraphQL node id of the repository. */
  repository: string
  category: Named
  post: Post
  /** Called with the discussion after each write. */
  onWritten(discussion: Written): Promise<void>
}

/** Discussions that are looked at, from the newest, for one whose creation was not answered. */
const NEWEST = 100

/**
 * @param existing the discussion; null where the first change creates it
 * @returns what was done, as in `Outcome`
 * @throws {Failure} that names what was sent before
 */
export async function sendChanges(
  sending: Sending,
  existing: Written | null,
  changes: Change[],
): Promise<{ discussion: Written; done: Outcome['done'] }> {
  let discussion = existing
  const done: Outcome['done'] = []
  for (const change of changes) {
    try {
      discussion =
        change.kind === 'create'
          ? await create(sending, change)
          : await write(sending, alreadyCreated(discussion), change)
      await sending.onWritten(discussion)
      failpoint('posted')
    } catch (error) {
      throw withSent(error, done)
    }
    done.push(doneBy(change, discussion))
  }
  return { discussion: alreadyCreated(discussion), done }
}

/** The first change of a post that is not there yet creates it. */
function alreadyCreated(discussion: Written | null): Written {
  if (discussion === null) throw new Error('A post is changed that was not created.')
  return discussion
}

const past: Record<string, string> = { add: 'added', delete: 'deleted', empty: 'emptied', update: 'updated' }

/** E.g. ["added", "comment 1 of 2"]. */
function doneBy(change: Change, discussion: Written): [verb: string, object: string] {
  if (change.kind === 'create') return ['created', discussion.url]
  const [verb = '', ...object] = describe(change).split(' ')
  return [past[verb] ?? verb, object.join(' ')]
}

async function create({ github, repository, category, post }: Sending, change: Change & { kind: 'create' }) {
  const { title, body } = change
  const variables = { repositoryId: repository, categoryId: category.id, title, body }
  const discussion = await writeOnce(
    github.clock,
    () => github.mutate('create the discussion', createDiscussion, variables, createdDiscussion),
    () => findByMarker(github, repository, post.key, NEWEST),
  )
  const isWritten = async () => {
    const found = await readDiscussion(github, discussion.id)
    return found !== null && isSame(found.body, body) && isSame(found.title, title)
  }
  await confirmWritten(github, discussion.url, isWritten)
  return { id: discussion.id, url: discussion.url }
}

async function write(
  sending: Sending,
  discussion: Written,
  change: Exclude<Change, { kind: 'create' }>,
): Promise<Written> {
  const { github } = sending
  if (change.kind === 'add') await add(sending, discussion, change)
  else {
    const { send, isWritten } = effectOf(sending, discussion, change)
    const found = async () => ((await isWritten()) ? true : null)
    await writeOnce(github.clock, () => send().then(() => true), found)
    await confirmWritten(github, discussion.url, isWritten)
  }
  return discussion
}

async function add(sending: Sending, discussion: Written, { part, body }: Change & { kind: 'add' }): Promise<void> {
  const { github, post } = sending
  const before = new Set((await findComments(github, discussion.id, post.key)).map(({ id }) => id))
  const comment = await writeOnce(
    github.clock,
    () => github.mutate(`add comment ${part}`, addComment, { discussionId: discussion.id, body }, addedComment),
    async () => (await findComments(github, discussion.id, post.key)).find(({ id }) => !before.has(id)) ?? null,
  )
  const isWritten = async () => isSame((await readComment(github, comment.id)) ?? '', body)
  await confirmWritten(github, comment.url, isWritten)
}

/** A write that may be sent again without harm, and whether it took effect. */
interface Effect {
  send(): Promise<unknown>
  isWritten(): Promise<boolean>
}

function effectOf({ github }: Sending, { id }: Written, change: Exclude<Change, { kind: 'create' | 'add' }>): Effect {
  const mutate = (document: string, variables: Record<string, unknown>) => () =>
    github.mutate(describe(change), document, variables, anyAnswer)
  switch (change.kind) {
    case 'update': {
      const { title, body, category } = change
      return {
        // What is not given stays as it is; null would be refused.
        send: mutate(updateDiscussion, {
          discussionId: id,
          ...(title === null ? {} : { title }),
          ...(body === null ? {} : { body }),
          ...(category === null ? {} : { categoryId: category.id }),
        }),
        isWritten: async () => {
          const found = await readDiscussion(github, id)
          if (found === null) return false
          const isIn = category === null || found.category.id === category.id
          return isIn && (title === null || isSame(found.title, title)) && (body === null || isSame(found.body, body))
        },
      }
    }
    case 'edit':
    case 'empty':
      return {
        send: mutate(updateComment, { commentId: change.comment, body: change.body }),
        isWritten: async () => isSame((await readComment(github, change.comment)) ?? '', change.body),
      }
    case 'delete':
      return {
        send: mutate(deleteComment, { id: change.comment }),
        isWritten: async () => (await readComment(github, change.comment)) === null,
      }
    case 'label': {
      const labelIds = change.labels.map(label => label.id)
      return {
        send: mutate(addLabels, { labelableId: id, labelIds }),
        isWritten: async () => {
          const there = (await readDiscussion(github, id))?.labels?.nodes ?? []
          return labelIds.every(wanted => there.some(label => label.id === wanted))
        },
      }
    }
  }
}
