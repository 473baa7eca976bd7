/**
 * Passes sessions from the content loader to the pages, around Astro's store, which would hold each record several
 * times. Astro runs content.config.ts in one module graph and the pages in another, in the same process: each has its
 * own instance of this module. So the map is on the global object, which both share.
 */
import type { Entry } from './sessions.ts'

const storeKey = Symbol.for('nightshift.sessions')
const shared = globalThis as { [storeKey]?: Map<number, Entry> }
const sessions = shared[storeKey] ?? new Map<number, Entry>()
shared[storeKey] = sessions

/** Refers to a session from Astro's store. */
export type StoredRef = { key: number }

/** Entries stay until the process ends: a build reads each session once. */
export function storeEntry(entry: Entry): StoredRef {
  const key = sessions.size
  sessions.set(key, entry)
  return { key }
}

export function storedEntry({ key }: StoredRef): Entry {
  const entry = sessions.get(key)
  if (!entry) throw new Error('the sessions are read by the process that builds the pages, and this one has not')
  return entry
}
