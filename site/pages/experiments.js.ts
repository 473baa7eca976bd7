/** The rows of the experiments page. A classic script, since pages opened from disk cannot use fetch. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../data/collection.ts'
import { listingOf } from '../data/experiments/listing.ts'
import { knobsOf } from '../data/knobs/knobs.ts'
import { newestFirst } from '../data/view.ts'

export const GET: APIRoute = async () => {
  const { views } = notebook(await getCollection('sessions'))
  return new Response(`nightshiftExperiments(${JSON.stringify(listingOf(newestFirst(views), knobsOf(views)))})\n`)
}
