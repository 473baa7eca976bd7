/** What home, the ideas page, the machines page and the comparison show, for other programs, as JSON and as CSV. */

import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../data/collection.ts'
import { compareDefault } from '../../data/compare/first.ts'
import { rowsCsv } from '../../data/csv.ts'
import { ideasOf } from '../../data/ideas.ts'
import { codesOf } from '../../data/machines/code.ts'
import { machinesOf } from '../../data/machines/machines.ts'
import { machineData, machineRows } from '../../data/machines/table.ts'
import { ideaRows, nightRows } from '../../data/tables.ts'
import { newestFirst } from '../../data/view.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('nights'))
  const nights = newestFirst(views)
  const ideas = nights.flatMap(ideasOf)
  const machines = machinesOf(nights, await codesOf(nights))
  const texts = {
    'nights.json': json(nightRows(nights)),
    'nights.csv': rowsCsv(nightRows(nights)),
    'ideas.json': json(ideas),
    'ideas.csv': rowsCsv(ideaRows(ideas)),
    'machines.json': json(machineData(machines)),
    'machines.csv': rowsCsv(machineRows(machines)),
    ...(await compareDefault(nights)).files,
  }
  return Object.entries(texts).map(([name, text]) => ({ params: { table: name }, props: { text } }))
}

const json = (value: unknown): string => JSON.stringify(value, null, 1)

export const GET: APIRoute<{ text: string }> = ({ props }) => new Response(props.text)
