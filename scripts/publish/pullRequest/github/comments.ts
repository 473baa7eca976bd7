/** The parts of a post after its body, as comments of the pull request: each is found by its marker and updated in place. */
import { z } from 'zod'
import { Failure } from '../../../lib/errors.ts'
import type { GitHub } from '../../github/client.ts'
import { writeOnce } from '../../github/writeOnce.ts'
import { markerOf, type Post } from '../../post.ts'
import type { Route } from './find.ts'
import { readAll } from './pages.ts'
import { type Comment, commentSchema, sameText } from './records.ts'

export interface SentComments {
  created: number
  updated: number
  removed: number
}

/** @throws {Failure} when GitHub refuses one, or keeps another text */
export async function sendComments(
  github: GitHub,
  { base }: Pick<Route, 'base'>,
  number: number,
  { key, parts }: Pick<Post, 'key' | 'parts'>,
): Promise<SentComments> {
  const repository = { owner: base.owner, repo: base.name }
  const sent = { created: 0, updated: 0, removed: 0 }
  const there = await list()
  for (const [part, text] of parts.entries()) {
    if (part === 0) continue
    const before = of(there, part)
    if (before !== undefined && sameText(before.body, text)) continue
    const { id } = before === undefined ? await create(part, text) : await update(before.id, text)
    const now = await read(id)
    if (!sameText(now.body, text)) throw keptAnother(number, part)
    sent[before === undefined ? 'created' : 'updated'] += 1
  }
  // A post that has become shorter.
  for (let part = Math.max(1, parts.length); of(there, part) !== undefined; part++) {
    await remove(of(there, part)?.id ?? 0)
    sent.removed += 1
  }
  return sent

  function of(comments: Comment[], part: number): Comment | undefined {
    return comments.find(({ body }) => body?.includes(markerOf(key, part)))
  }

  async function list(): Promise<Comment[]> {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
    return readAll(
      github,
      `list the comments of #${number}`,
      route,
      { ...repository, issue_number: number },
      commentSchema,
    )
  }

  async function create(part: number, body: string): Promise<Comment> {
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments'
    const parameters = { ...repository, issue_number: number, body }
    return writeOnce(
      github.clock,
      () => github.rest(`comment on #${number}`, route, parameters, commentSchema),
      async () => of(await list(), part) ?? null,
    )
  }

  async function update(id: number, body: string): Promise<Comment> {
    const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}'
    return writeOnce(
      github.clock,
      () =>
        github.rest(`update a comment of #${number}`, route, { ...repository, comment_id: id, body }, commentSchema),
      async () => {
        const now = await read(id)
        return sameText(now.body, body) ? now : null
      },
    )
  }

  async function read(id: number): Promise<Comment> {
    const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}'
    return github.rest(`read a comment of #${number}`, route, { ...repository, comment_id: id }, commentSchema)
  }

  async function remove(id: number): Promise<void> {
    const route = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}'
    await writeOnce(
      github.clock,
      () => github.rest(`delete a comment of #${number}`, route, { ...repository, comment_id: id }, z.unknown()),
      async () => ((await list()).some(comment => comment.id === id) ? null : true),
    )
  }
}

const keptAnother = (number: number, part: number): Failure =>
  new Failure(
    `GitHub kept another text of comment ${part} on pull request #${number} than was sent.`,
    'Run the command again; what was sent is updated and not sent twice.',
  )
