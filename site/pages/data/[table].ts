/** The data of the home, ideas, machines and compare pages, as JSON and CSV. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../data/collection.ts'
import { defaultComparison } from '../../data/compare/defaultComparison.ts'
import { rowsCsv } from '../../data/csv.ts'
import { ideasOf } from '../../data/ideas.ts'
import { notebookMachines } from '../../data/machines/notebookMachines.ts'
import { machineData, machineRows } from '../../data/machines/table.ts'
import { ideaRows, sessionRows } from '../../data/tables.ts'
import { newestFirst } from '../../data/view.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('sessions'))
  const sessions = newestFirst(views)
  const ideas = sessions.flatMap(v => ideasOf(v, sessions))
  const machines = await notebookMachines(sessions)
  const texts = {
    'sessions.json': json(sessionRows(sessions)),
    'sessions.csv': rowsCsv(sessionRows(sessions)),
    'ideas.json': json(ideas),
    'ideas.csv': rowsCsv(ideaRows(ideas)),
    'machines.json': json(machineData(machines)),
    'machines.csv': rowsCsv(machineRows(machines)),
    ...(await defaultComparison(sessions)).files,
  }
  return Object.entries(texts).map(([name, text]) => ({ params: { table: name }, props: { text } }))
}

const json = (value: unknown): string => JSON.stringify(value, null, 1)

export const GET: APIRoute<{ text: string }> = ({ props }) => new Response(props.text)
