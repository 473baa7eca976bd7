/** What home and the ideas page show, for other programs: the same rows as JSON and as CSV. */

import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../data/collection.ts'
import { csv } from '../../data/csv.ts'
import { ideasOf } from '../../data/ideas.ts'
import { ideaRows, nightRows, type Row } from '../../data/tables.ts'
import { newestFirst } from '../../data/view.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('nights'))
  const nights = newestFirst(views)
  const tables = { nights: nightRows(nights), ideas: ideaRows(nights.flatMap(ideasOf)) }
  return Object.entries(tables).flatMap(([name, rows]) => [
    { params: { table: `${name}.json` }, props: { text: JSON.stringify(rows, null, 1) } },
    { params: { table: `${name}.csv` }, props: { text: table(rows) } },
  ])
}

const table = (rows: Row[]): string =>
  csv(
    Object.keys(rows[0] ?? {}),
    rows.map(row => Object.values(row)),
  )

export const GET: APIRoute<{ text: string }> = ({ props }) => new Response(props.text)
