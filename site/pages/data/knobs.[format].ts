/** The table of the knobs page: a row per constant. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../data/collection.ts'
import { rowsCsv } from '../../data/csv.ts'
import { knobsOf } from '../../data/knobs/knobs.ts'
import { knobRows } from '../../data/tables.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('sessions'))
  const rows = knobRows(knobsOf(views))
  return [
    { params: { format: 'json' }, props: { text: JSON.stringify(rows, null, 1) } },
    { params: { format: 'csv' }, props: { text: rowsCsv(rows) } },
  ]
}

export const GET: APIRoute<{ text: string }> = ({ props }) => new Response(props.text)
