/**
 * Sessions from where they are read to the pages, past Astro's store, which would hold each record several times. Astro runs
 * content.config.ts in one module graph and the pages in another, of the same process: each has its own instance of this
 * module, so a variable of the module would be empty in the pages. The two share nothing but the process's global object.
 */
import type { Entry } from './sessions.ts'

const key = Symbol.for('nightshift.sessions')
const place = globalThis as { [key]?: Map<number, Entry> }
const sessions = place[key] ?? new Map<number, Entry>()
place[key] = sessions

/** Stands for a session in Astro's store. */
export type StoredRef = { held: number }

/** Until the process ends: a build reads each session once. */
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
