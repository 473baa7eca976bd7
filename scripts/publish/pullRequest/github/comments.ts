/** The parts of a post after its body, as comments of the pull request: each is found by its marker and updated in place. */
import { z } from 'zod'
import type { GitHub } from '../../github/client.ts'
import { confirmWritten, isSame } from '../../github/confirm.ts'
import { writeOnce } from '../../github/writeOnce.ts'
import { partOf } from '../../post.ts'
import type { Mark, Route } from './find.ts'
import { readAll } from './pages.ts'
import { type Comment, commentSchema } from './records.ts'
import { isBy } from './viewer.ts'

export type CommentChange =
  | { kind: 'add'; body: string }
  | { kind: 'update'; id: number; body: string }
  /** It is no longer needed: the post has become shorter. */
  | { kind: 'delete'; id: number }

const list = '/repos/{owner}/{repo}/issues/{issue_number}/comments'
const one = '/repos/{owner}/{repo}/issues/comments/{comment_id}'

/** Our comments that continue the post, oldest first. */
export async function findComments(
  github: GitHub,
  { base }: Pick<Route, 'base'>,
  number: number,
  { key, viewer }: Mark,
): Promise<Comment[]> {
  const parameters = { owner: base.owner, repo: base.name, issue_number: number }
  const all = await readAll(github, `list the comments of #${number}`, `GET ${list}`, parameters, commentSchema)
  return all.filter(({ body, user }) => (partOf(body, key) ?? 0) > 0 && isBy(viewer, user))
}

/** Comments are filled in their order, whatever part each held before, so that the parts are read in order. Pure. */
export function commentChanges(wanted: string[], there: Comment[]): CommentChange[] {
  const filled = wanted.flatMap((body, i): CommentChange[] => {
    const comment = there[i]
    if (comment === undefined) return [{ kind: 'add', body }]
    return isSame(comment.body, body) ? [] : [{ kind: 'update', id: comment.id, body }]
  })
  return [...filled, ...there.slice(wanted.length).map(({ id }): CommentChange => ({ kind: 'delete', id }))]
}

/** Sends one change. @throws {Failure} when GitHub refuses it, or keeps another text */
export async function sendComment(
  github: GitHub,
  route: Pick<Route, 'base'>,
  number: number,
  mark: Mark,
  change: CommentChange,
): Promise<void> {
  const { base } = route
  const repository = { owner: base.owner, repo: base.name }
  if (change.kind === 'delete') {
    const isGone = async () => !(await find()).some(({ id }) => id === change.id)
    const remove = () =>
      github.rest(
        `delete a comment of #${number}`,
        `DELETE ${one}`,
        { ...repository, comment_id: change.id },
        z.unknown(),
      )
    await writeOnce(
      github.clock,
      () => remove().then(() => true),
      async () => ((await isGone()) ? true : null),
    )
    return
  }
  const { body } = change
  const { id, html_url } = change.kind === 'add' ? await add(body) : await update(change.id, body)
  await confirmWritten(github, html_url, async () => isSame((await read(id)).body, body))

  function find(): Promise<Comment[]> {
    return findComments(github, route, number, mark)
  }

  async function add(body: string): Promise<Comment> {
    const before = new Set((await find()).map(({ id }) => id))
    const parameters = { ...repository, issue_number: number, body }
    return writeOnce(
      github.clock,
      () => github.rest(`comment on #${number}`, `POST ${list}`, parameters, commentSchema),
      async () => (await find()).find(({ id }) => !before.has(id)) ?? null,
    )
  }

  function update(id: number, body: string): Promise<Comment> {
    const parameters = { ...repository, comment_id: id, body }
    return writeOnce(
      github.clock,
      () => github.rest(`update a comment of #${number}`, `PATCH ${one}`, parameters, commentSchema),
      async () => {
        const now = await read(id)
        return isSame(now.body, body) ? now : null
      },
    )
  }

  function read(id: number): Promise<Comment> {
    return github.rest(`read a comment of #${number}`, `GET ${one}`, { ...repository, comment_id: id }, commentSchema)
  }
}
