/**
 * Where a session was posted: posts.json in its folder. Anyone may have written the file. What it says is shown as a link,
 * and helps to find an earlier post; whether that is ours is for the place itself to say.
 */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { maxBytes } from '../limits.ts'
import { readSideRecord, type SideRecord, writeSideRecord } from './sideRecord.ts'

/** A line of text that others may have written, cut. */
const line = z
  .string()
  .max(2000)
  .transform(text => sanitizeText(text, 500))

const postSchema = z.object({
  to: z.enum(['discussion', 'pull-request', 'docs']),
  /** An https address, or the path of a page in a folder of docs. */
  address: line,
  /** "owner/name", or the folder of the docs. */
  repository: line,
  /** GitHub's id of the post; null where it has none. */
  id: line.nullable(),
  /** Of the post, by which its marker is made: see publish/post.ts. */
  key: line,
  /** When it was last written there. */
  at: z.iso.datetime(),
})
export type PostRecord = z.infer<typeof postSchema>

const MAX_POSTS = 1000

const storedSchema = z.object({ schema: z.literal(1), posts: z.array(postSchema).max(MAX_POSTS) })

const record: SideRecord<z.infer<typeof storedSchema>> = {
  name: 'posts.json',
  schema: storedSchema,
  limit: maxBytes.posts,
  without: 'Where the session was posted is not known without it; posting again finds the post by its hidden marker.',
}

/** The posts of a session, oldest first; none, with a warning, where the file cannot be read. */
export const readPosts = async (session: string): Promise<PostRecord[]> =>
  (await readSideRecord(session, record))?.posts ?? []

/** Records a post in place of the same one's earlier record. */
export async function recordPost(session: string, post: PostRecord): Promise<void> {
  const others = (await readPosts(session)).filter(
    ({ to, repository, key, address }) =>
      to !== post.to || repository !== post.repository || key !== post.key || hostOf(address) !== hostOf(post.address),
  )
  await writeSideRecord(session, record, { schema: 1, posts: [...others, post].slice(-MAX_POSTS) })
}

const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : '')

/** The address for a link: https, without a user's name or password; null for any other, e.g. a folder. */
export function linkOf({ address }: PostRecord): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null
}
