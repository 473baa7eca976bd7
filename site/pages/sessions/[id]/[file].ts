/** Files beside a session's page: its records, and the data and SVG files of its tables and figures. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { readText } from '../../../../scripts/lib/files/read.ts'
import { readFoundSync } from '../../../../scripts/lib/files/regularFile.ts'
import { publicFile } from '../../../../scripts/lib/secrets/publish.ts'
import { maxBytes } from '../../../../scripts/record/limits.ts'
import { hasCards, sessionPng } from '../../../data/card.ts'
import { notebook } from '../../../data/collection.ts'
import { patchFile, readWholePatch } from '../../../data/session/patch.ts'
import { hasPicture, picture, sessionPictures } from '../../../data/session/pictures.ts'
import { sessionRecords, sessionTable, sessionTables } from '../../../data/session/tables.ts'
import type { View } from '../../../data/view.ts'

type Content =
  | { kind: 'picture'; view: View; figure: string }
  | { kind: 'table'; view: View; file: string }
  | { kind: 'card'; view: View }
  | { kind: 'record'; path: string }
  | { kind: 'patch'; text: string }

/** Contents are read when a file is written: the records of thousands of experiments would not fit in memory. */
export async function getStaticPaths() {
  const { views } = notebook(await getCollection('sessions'))
  const records = views.flatMap(({ id, folder }) =>
    [...sessionRecords]
      .map(([file, path]) => ({ params: { id, file }, props: { kind: 'record' as const, path: path(folder) } }))
      .filter(({ props }) => isReadable(props.path)),
  )
  // report.md links to these figures where the notebook has a public address.
  const drawn = views.flatMap(view =>
    sessionPictures
      .filter(figure => hasPicture(view, figure))
      .map(figure => ({
        params: { id: view.id, file: `${figure}.svg` },
        props: { kind: 'picture' as const, view, figure },
      })),
  )
  const tables = views.flatMap(view =>
    sessionTables.map(file => ({ params: { id: view.id, file }, props: { kind: 'table' as const, view, file } })),
  )
  const cards = (await hasCards())
    ? views.map(view => ({ params: { id: view.id, file: 'card.png' }, props: { kind: 'card' as const, view } }))
    : []
  const patches = await Promise.all(views.map(async view => ({ id: view.id, text: await readWholePatch(view) })))
  const whole = patches.flatMap(({ id, text }) =>
    text === null ? [] : [{ params: { id, file: patchFile }, props: { kind: 'patch' as const, text } }],
  )
  return [...records, ...drawn, ...tables, ...cards, ...whole]
}

/** Whether it is a regular file within the limit of records; the last byte stands for the others. */
function isReadable(path: string): boolean {
  const found = readFoundSync(path, { tail: 1 })
  return found.kind === 'file' && found.size <= maxBytes.record
}

export const GET: APIRoute<Content> = async ({ props }) => {
  switch (props.kind) {
    case 'record':
      return new Response(publicFile(props.path, await readText(props.path)))
    case 'table':
      return new Response(sessionTable(props.view, props.file))
    case 'card':
      return new Response((await sessionPng(props.view)) as BodyInit)
    case 'patch':
      return new Response(props.text)
    case 'picture':
      return new Response(picture(props.view, props.figure))
  }
}
