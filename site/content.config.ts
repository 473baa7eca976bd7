import { defineCollection } from 'astro:content'
import { fileURLToPath } from 'node:url'
import type { Loader } from 'astro/loaders'
import { entrySchema, readNights } from './data/nights.ts'

/** The sessions folder as it is now, `pnpm site --sessions DIR` or the notebook's own: nothing is carried over from before. */
const sessions: Loader = {
  name: 'sessions',
  schema: entrySchema,
  async load({ store, parseData, config }) {
    const folder = process.env.NIGHTSHIFT_SESSIONS ?? fileURLToPath(new URL('sessions', config.root))
    store.clear()
    for (const entry of await readNights(folder)) {
      if (entry.kind === 'broken') process.stderr.write(`left out: ${entry.problem}\n`)
      store.set({ id: entry.id, data: await parseData({ id: entry.id, data: entry }) })
    }
  },
}

export const collections = { nights: defineCollection({ loader: sessions }) }
