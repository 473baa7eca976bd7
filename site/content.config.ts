import { defineCollection } from 'astro:content'
import config from 'virtual:site-config'
import type { Loader } from 'astro/loaders'
import { storeEntry } from './data/entryStore.ts'
import { readEntries } from './data/sessions.ts'

/**
 * Reads the sessions folder (`pnpm site --sessions DIR`, or the notebook's own) again for each build. Astro's store
 * gets only the ids: it would keep each record as text, as a module's source and as objects, validated twice, which
 * costs 200 MB and ten seconds for 10,000 experiments.
 */
const sessions: Loader = {
  name: 'sessions',
  async load({ store }) {
    store.clear()
    for (const entry of await readEntries(config.sessions)) {
      if (entry.kind === 'broken') process.stderr.write(`left out: ${entry.problem}\n`)
      store.set({ id: entry.id, data: storeEntry(entry) })
    }
  },
}

export const collections = { sessions: defineCollection({ loader: sessions }) }
