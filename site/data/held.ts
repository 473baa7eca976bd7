/**
 * Nights from where they are read to the pages, past Astro's store, which would hold each record several times. Astro runs
 * content.config.ts in one module graph and the pages in another, of the same process: each has its own instance of this
 * module, so a variable of the module would be empty in the pages. The two share nothing but the process's global object.
 */
import type { Entry } from './sessions.ts'

const key = Symbol.for('nightshift.nights')
const place = globalThis as { [key]?: Map<number, Entry> }
const nights = place[key] ?? new Map<number, Entry>()
place[key] = nights

/** Stands for a night in Astro's store. */
export type Held = { held: number }

/** Until the process ends: a build reads each night once. */
export function hold(entry: Entry): Held {
  const held = nights.size
  nights.set(held, entry)
  return { held }
}

export function heldEntry({ held }: Held): Entry {
  const entry = nights.get(held)
  if (!entry) throw new Error('the nights are read by the process that builds the pages, and this one has not')
  return entry
}
