/** The records that the pages were made from, as they lie in the session's folder, and the frontier for posts. */

import { getCollection } from 'astro:content'
import { readFile } from 'node:fs/promises'
import type { APIRoute } from 'astro'
import { files } from '../../../../scripts/record/files.ts'
import { notebook } from '../../../data/collection.ts'
import { standaloneFrontier } from '../../../figures/frontier.ts'

const shown = {
  'session.json': files.session,
  'experiments.jsonl': files.experiments,
  'results.tsv': files.results,
  'digest.json': files.digest,
  'report.md': files.report,
}

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('nights'))
  const found = views.flatMap(({ id, folder }) =>
    Object.entries(shown).map(async ([file, path]) => {
      const text = await readFile(path(folder), 'utf8').catch(() => null)
      return text === null ? [] : [{ params: { id, file }, props: { text } }]
    }),
  )
  const drawn = views.map(({ id, session, experiments, digest }) => {
    // The picture that report.md shows where the notebook has a public address.
    return { params: { id, file: 'frontier.svg' }, props: { text: standaloneFrontier(session, experiments, digest) } }
  })
  return [...(await Promise.all(found)).flat(), ...drawn]
}

export const GET: APIRoute<{ text: string }> = ({ props }) => new Response(props.text)
