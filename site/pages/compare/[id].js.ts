/** One session for the page's code, which loads it when it is chosen: a classic script, since pages open from disk. */
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
