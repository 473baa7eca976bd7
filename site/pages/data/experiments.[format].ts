/** All experiments of all sessions: a row each, the baselines included. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../data/collection.ts'
import { rowsCsv } from '../../data/csv.ts'
import { listingOf } from '../../data/experiments/listing.ts'
import { listingRows } from '../../data/experiments/tables.ts'
import { knobsOf } from '../../data/knobs/knobs.ts'
import { newestFirst } from '../../data/view.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('sessions'))
  const rows = listingRows(listingOf(newestFirst(views), knobsOf(views)))
  return [
    { params: { format: 'json' }, props: { text: JSON.stringify(rows, null, 1) } },
    { params: { format: 'csv' }, props: { text: rowsCsv(rows) } },
  ]
}

export const GET: APIRoute<{ text: string }> = ({ props }) => new Response(props.text)
