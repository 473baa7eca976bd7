/**
 * Passes sessions from the process that builds the pages to the pages, around Astro's store, which would hold each record
 * several times. That process, content.config.ts and the pages each have their own instance of this module, so the entries
 * are on the global object, which all share.
 */
import type { Entry } from './sessions.ts'

const storeKey = Symbol.for('nightshift.sessions')
const shared = globalThis as { [storeKey]?: Entry[] }

/** Refers to a session from Astro's store. */
export type StoredRef = { key: number }

/** Entries stay until the process ends: a build reads each session once. */
export function storeEntries(entries: Entry[]): void {
  shared[storeKey] = entries
}

/** @throws {Error} before `storeEntries` */
export function storedEntries(): Entry[] {
  const entries = shared[storeKey]
  if (!entries) throw new Error('the sessions are read by the process that builds the pages, and this one has not')
  return entries
}

export function storedEntry({ key }: StoredRef): Entry {
  const entry = storedEntries()[key]
  if (!entry) throw new Error(`there is no session ${key}`)
  return entry
}
