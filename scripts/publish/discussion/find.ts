/** Finds an earlier post, and the comments that continue it, by their hidden markers; only what the token's user wrote. */
import type { PostRecord } from '../../record/files/posts.ts'
import type { GitHub } from '../github/client.ts'
import { partOf } from '../post.ts'
import {
  bodiesQuery,
  bodiesSchema,
  type Comment,
  commentAnswer,
  commentQuery,
  commentsQuery,
  commentsSchema,
  type Discussion,
  discussionAnswer,
  discussionQuery,
  listQuery,
  listSchema,
  type Page,
} from './queries.ts'

/** Texts that are asked for at once: each may have 65,536 characters. */
const TEXTS_AT_ONCE = 20

/** Recorded discussions that are looked at: a file of a stranger may name any number. */
const MAX_RECORDED = 10

/** A discussion by its id; null where the id names something else, or the discussion is gone. */
export async function readDiscussion(github: GitHub, id: string): Promise<Discussion | null> {
  const { node } = await github.query('read the discussion', discussionQuery, { id }, discussionAnswer)
  return node
}

/**
 * The post of a key in a repository: where the records say, else the newest that ends with its marker. A record may come
 * from anyone, and anyone may write the marker: a discussion counts only if the token's user wrote it in this repository.
 * @param tell is told how many discussions were looked at
 */
export async function findPost(
  github: GitHub,
  repository: string,
  key: string,
  records: PostRecord[],
  tell: (looked: number) => void,
): Promise<Discussion | null> {
  const ids = [...new Set(records.flatMap(({ id }) => id ?? []))].slice(-MAX_RECORDED)
  for (const id of ids) {
    const found = await readDiscussion(github, id)
    if (found !== null && isOurs(found, repository, key)) return found
  }
  return findByMarker(github, repository, key, Number.POSITIVE_INFINITY, tell)
}

const isOurs = (found: Discussion, repository: string, key: string): boolean =>
  found.viewerDidAuthor && found.repository.id === repository && partOf(found.body, key) === 0

/** @param most how many discussions are looked at, from the newest */
export async function findByMarker(
  github: GitHub,
  repository: string,
  key: string,
  most: number,
  tell: (looked: number) => void = () => {},
): Promise<Discussion | null> {
  const list = async (after: string | null) =>
    (await github.query('list the discussions', listQuery, { repository, after }, listSchema)).node.discussions
  let looked = 0
  for await (const discussions of pages(list)) {
    const own = discussions.filter(({ viewerDidAuthor }) => viewerDidAuthor).map(({ id }) => id)
    const found = await firstWithMarker(github, own, key)
    if (found !== null) return readDiscussion(github, found)
    looked += discussions.length
    if (looked >= most) break
    tell(looked)
  }
  return null
}

/** The nodes of a list, page by page. */
async function* pages<T>(read: (after: string | null) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let after: string | null = null
  for (;;) {
    const { nodes, pageInfo }: Page<T> = await read(after)
    yield nodes
    if (!pageInfo.hasNextPage) return
    after = pageInfo.endCursor
  }
}

async function firstWithMarker(github: GitHub, ids: string[], key: string): Promise<string | null> {
  for (let from = 0; from < ids.length; from += TEXTS_AT_ONCE) {
    const variables = { ids: ids.slice(from, from + TEXTS_AT_ONCE) }
    const { nodes } = await github.query('read the discussions', bodiesQuery, variables, bodiesSchema)
    const found = nodes.find(node => partOf(node?.body ?? '', key) === 0)
    if (found?.id !== undefined) return found.id
  }
  return null
}

/** The comments that continue the post, oldest first: ours, with a marker of any part but the body's. */
export async function findComments(github: GitHub, discussion: string, key: string): Promise<Comment[]> {
  const list = async (after: string | null) =>
    (await github.query('read the comments', commentsQuery, { id: discussion, after }, commentsSchema)).node.comments
  const found: Comment[] = []
  for await (const comments of pages(list))
    found.push(...comments.filter(({ body, viewerDidAuthor }) => viewerDidAuthor && (partOf(body, key) ?? 0) > 0))
  return found
}

/** The text of a comment; null where it is gone. */
export async function readComment(github: GitHub, id: string): Promise<string | null> {
  const { node } = await github.query('read the comment', commentQuery, { id }, commentAnswer)
  return node?.body ?? null
}
