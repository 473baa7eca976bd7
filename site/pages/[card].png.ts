/** The pictures of links to the first page and to the comparison; none without a public address. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { JSDOM } from 'jsdom'
import { compare } from '../../scripts/compare/compare.ts'
import { maker } from '../components/compare/make.ts'
import { hasCards, sessionPng, wordsPng } from '../data/card.ts'
import { notebook } from '../data/collection.ts'
import { defaultComparison } from '../data/compare/defaultComparison.ts'
import { comparePictures } from '../data/compare/pictures.ts'
import { lastSession, newestFirst, type View } from '../data/view.ts'

export async function getStaticPaths() {
  if (!(await hasCards())) return []
  return [{ params: { card: 'card' } }, { params: { card: 'compare' } }]
}

export const GET: APIRoute = async ({ params }) => {
  const { views } = notebook(await getCollection('sessions'))
  const png = params.card === 'compare' ? await comparedPng(views) : await homePng(views)
  return new Response(png as BodyInit)
}

function homePng(views: View[]): Promise<Buffer> {
  const last = lastSession(views)
  return last ? sessionPng(last) : wordsPng('No session yet', '', null)
}

async function comparedPng(views: View[]): Promise<Buffer> {
  const { all, selection, html } = await defaultComparison(newestFirst(views))
  const sides = all.flatMap(({ side }) => (selection.ids.includes(side.id) ? [side] : []))
  if (html === null) return wordsPng('Compare', '', null)
  const figure = comparePictures(maker(new JSDOM('').window.document), sides, compare(sides)).get('compare') ?? null
  return wordsPng('Did it replicate?', html.answer, figure)
}
