/**
 * Passes sessions from the content loader to the pages, around Astro's store, which would hold each record several
 * times. Astro runs content.config.ts in one module graph and the pages in another, in the same process: each has its
 * own instance of this module. So the map is on the global object, which both share.
 */
import type { Entry } from './sessions.ts'

const key = Symbol.for('nightshift.sessions')
const place = globalThis as { [key]?: Map<number, Entry> }
const sessions = place[key] ?? new Map<number, Entry>()
place[key] = sessions

/** Refers to a session from Astro's store. */
export type StoredRef = { held: number }

/** Entries stay until the process ends: a build reads each session once. */
export function storeEntry(entry: Entry): StoredRef {
  const held = sessions.size
  sessions.set(held, entry)
  return { held }
}

export function storedEntry({ held }: StoredRef): Entry {
  const entry = sessions.get(held)
  if (!entry) throw new Error('the sessions are read by the process that builds the pages, and this one has not')
  return entry
}
