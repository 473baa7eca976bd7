import { defineCollection } from 'astro:content'
import type { Loader } from 'astro/loaders'
import { type StoredRef, storedEntries } from './data/entryStore.ts'

/**
 * The sessions, which the process that builds the pages has read: Vite would take half a second to run the modules that
 * read them. Astro's store gets only the ids: it would keep each record as text, as a module's source and as objects,
 * validated twice, which costs 200 MB and ten seconds for 10,000 experiments.
 */
const sessions: Loader = {
  name: 'sessions',
  async load({ store }) {
    store.clear()
    for (const [key, entry] of storedEntries().entries()) {
      if (entry.kind === 'broken') process.stderr.write(`left out: ${entry.problem}\n`)
      const data: StoredRef = { key }
      store.set({ id: entry.id, data })
    }
  },
}

export const collections = { sessions: defineCollection({ loader: sessions }) }
