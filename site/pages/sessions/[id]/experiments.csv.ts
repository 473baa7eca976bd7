/** A night's experiments for a spreadsheet: the numbers behind its frontier and its ledger. */

import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../../data/collection.ts'
import { csv } from '../../../data/csv.ts'
import { experimentRows } from '../../../data/tables.ts'
import type { View } from '../../../data/view.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('nights'))
  return views.map(view => ({ params: { id: view.id }, props: { view } }))
}

export const GET: APIRoute<{ view: View }> = ({ props }) => {
  const rows = experimentRows(props.view)
  return new Response(
    csv(
      Object.keys(rows[0] ?? {}),
      rows.map(row => Object.values(row)),
    ),
  )
}
