/** A post before it is split into parts, and what takes out of it what should not leave the machine. */
import type { RootContent } from 'mdast'
import { publicRecord, publicText } from '../../lib/secrets/publish.ts'
import { redact, redactRecord } from '../../lib/secrets/redact.ts'
import { sanitizeText } from '../../lib/text.ts'
import { inertParts } from '../../report/inert.ts'

export interface Draft {
  title: string
  blocks: RootContent[]
}

/** Makes texts fit to leave. Keys of certain formats have blocked the post before; here go the values that may be one. */
export interface Cleaner {
  text: (text: string) => string
  record: <T>(record: T) => T
}

/** @param keepPaths whether home folders, user and host names stay */
export const cleanerOf = (keepPaths: boolean): Cleaner =>
  keepPaths ? { text: redact, record: redactRecord } : { text: publicText, record: publicRecord }

/** GitHub takes 256 characters, and may count some twice. To cut it later could cut code in half, and free what it holds. */
const MAX_TITLE = 240

/**
 * A title in one line. GitHub shows code in titles; there nothing is read from it, and a squashed pull request's title becomes a
 * commit's message, where "fixes #1" would close an issue.
 */
export function titleOf(text: string): string {
  for (let length = MAX_TITLE; ; length -= 10) {
    const parts = inertParts(sanitizeText(text.replaceAll('`', '’'), length))
    const title = parts.map(({ text, isCode }) => (isCode ? `\`${text}\`` : text)).join('')
    if (title.length <= MAX_TITLE) return title
  }
}
