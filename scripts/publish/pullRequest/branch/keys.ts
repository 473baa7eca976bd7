/** Keys in what would be pushed: each is named by file and line, and nothing is sent. */
import { Failure } from '../../../lib/errors.ts'
import { keysIn } from '../../../lib/secrets/redact.ts'
import { sanitizeText } from '../../../lib/text.ts'

export interface KeyFound {
  file: string
  /** From 1. */
  line: number
  /** The key with all but its first characters hidden. */
  masked: string
}

/** @param first number of the text's first line */
export function keysInText(file: string, text: string, first = 1): KeyFound[] {
  return keysIn(text).map(key => ({
    file: sanitizeText(file),
    line: first + text.slice(0, text.indexOf(key.text)).split('\n').length - 1,
    masked: masked(key.text),
  }))
}

/** "sk-a…" of 48 characters; of a short one nothing. */
const masked = (key: string): string =>
  `${key.length < 16 ? '' : sanitizeText(key.slice(0, 4))}… (${key.length} characters)`

const MAX_NAMED = 10

/**
 * @param where e.g. "the commits"
 * @param without what to leave out instead of the key, a sentence
 * @throws {Failure} that lists the keys, if there is one
 */
export function refuseKeys(keys: KeyFound[], where: string, without: string): void {
  if (keys.length === 0) return
  const named = keys.slice(0, MAX_NAMED).map(({ file, line, masked }) => `${file}:${line} ${masked}`)
  const more = keys.length > MAX_NAMED ? `, and ${keys.length - MAX_NAMED} more` : ''
  throw new Failure(
    `Nothing was sent: ${where} would publish ${keys.length === 1 ? 'what looks like a key' : `${keys.length} texts that look like keys`}: ${named.join(', ')}${more}.`,
    `Revoke what is a key and take it out there. ${without}`,
  )
}
