/** One session's data for the comparison. A classic script, since pages opened from disk cannot use fetch. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { notebook } from '../../data/collection.ts'
import { comparedSession } from '../../data/compare/comparedSession.ts'
import type { View } from '../../data/view.ts'

export async function getStaticPaths() {
  const { views } = notebook(await getCollection('sessions'))
  return views.map(view => ({ params: { id: view.id }, props: { view } }))
}

export const GET: APIRoute<{ view: View }> = async ({ props }) =>
  new Response(`nightshiftSide(${JSON.stringify(await comparedSession(props.view))})\n`)
