/** The records that the pages were made from, as they lie in the session's folder; the pages' tables and pictures. */

import { getCollection } from 'astro:content'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { APIRoute } from 'astro'
import { notebook } from '../../../data/collection.ts'
import { hasPicture, nightPictures, picture } from '../../../data/session/pictures.ts'
import { nightRecords, nightTable, nightTables } from '../../../data/session/tables.ts'
import type { View } from '../../../data/view.ts'

type Drawn = { view: View; figure: string }
type Table = { view: View; file: string }
type Lying = { path: string }

/** What a file holds is read when it is written: the records of thousands of experiments at once would fill the memory. */
export async function getStaticPaths() {
  const { views } = notebook(await getCollection('nights'))
  const records = views.flatMap(({ id, folder }) =>
    [...nightRecords]
      .map(([file, path]) => ({ params: { id, file }, props: { path: path(folder) } }))
      .filter(({ props }) => existsSync(props.path)),
  )
  // report.md shows them, too, where the notebook has a public address.
  const drawn = views.flatMap(view =>
    nightPictures
      .filter(figure => hasPicture(view, figure))
      .map(figure => ({ params: { id: view.id, file: `${figure}.svg` }, props: { view, figure } })),
  )
  const tables = views.flatMap(view =>
    nightTables.map(file => ({ params: { id: view.id, file }, props: { view, file } })),
  )
  return [...records, ...drawn, ...tables]
}

export const GET: APIRoute<Drawn | Table | Lying> = async ({ props }) => {
  if ('path' in props) return new Response(await readFile(props.path))
  if ('file' in props) return new Response(nightTable(props.view, props.file))
  return new Response(picture(props.view, props.figure))
}
