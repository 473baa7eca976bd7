/** A text ready to be sent to where a team reads it, and how it is found again there. Pure. */

import { createHash } from 'node:crypto'

/** Where a post goes. */
export type Where = 'discussion' | 'pull-request' | 'docs'

/** What a post is about: one session, several named ones, or those of the last seven days. */
export type About = 'session' | 'sessions' | 'week'

/**
 * A text ready to send. Everything in it is safe: keys have blocked it, paths and names are replaced, and markup of strangers
 * does nothing.
 */
export interface Post {
  /**
   * The same for the same subject, so that posting again finds the earlier post: "session 2026-11-21-h100-abcd-nov21",
   * "week 2026-W47", "sessions <hash of the sorted ids>".
   */
  key: string
  title: string
  /**
   * GitHub Markdown. The first is the body, the others are comments that continue it. Each ends with its hidden marker and is
   * at most `MAX_PART_CHARACTERS` long.
   */
  parts: string[]
  labels: string[]
  /** Ids of the sessions that it is about. */
  sessions: string[]
}

export interface PostOptions {
  /** Leaves paths, user and host names as they are. */
  keepPaths: boolean
  /** Appends logs and transcripts of the experiments. */
  withLogs: boolean
}

/**
 * The most that `sizeOf` gives for a part. GitHub takes 65,536 characters, and keeps the earlier text without an error where an
 * update is longer.
 */
export const MAX_PART_CHARACTERS = 65_000

/** Characters of a text however they are counted: in bytes of UTF-8, and with line feeds as two. */
export const sizeOf = (text: string): number => Buffer.byteLength(text) + text.split('\n').length

/** The hidden line by which a part of a post is found again, its last. @param part 0 is the body */
export const markerOf = (key: string, part: number): string => `<!-- nightshift: ${safe(key)}, part ${part} -->`

/**
 * The part of a post that a text is; null: none of it. Only the last line counts: above it stand the words of others, who could
 * write any marker there, and so make us write over another post.
 */
export function partOf(text: string | null | undefined, key: string): number | null {
  const last = text?.trimEnd().split(/\r?\n/).at(-1) ?? ''
  const part = Number(/, part (\d{1,4}) -->$/.exec(last)?.[1] ?? Number.NaN)
  return last === markerOf(key, part) ? part : null
}

/** Without what could end the comment; with a hash where that changes it, so that no two keys become one. */
function safe(key: string): string {
  const text = key.replace(/[^\w .-]/g, '_').replace(/-{2,}/g, '-')
  return text === key ? key : `${text} ${createHash('sha256').update(key).digest('hex').slice(0, 12)}`
}
