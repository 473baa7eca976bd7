/** Nights from where they are read to the pages, which Astro builds in the same process from modules of their own. */
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
