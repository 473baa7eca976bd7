/** The picture that other sites show beside a link to a page (og:image): which one, and as PNG. */
import config from 'virtual:site-config'
import { JSDOM } from 'jsdom'
import { hasFont, toPng } from '../../scripts/lib/png.ts'
import type { Markup } from '../../scripts/lib/text.ts'
import { headline } from '../../scripts/report/headline.ts'
import { sessionSvg, wordsSvg } from './cardSvg.ts'
import { frontierCaption } from './session/summary.ts'
import type { View } from './view.ts'
import { hrefs } from './words.ts'

export interface Card {
  /** Relative to the notebook's root. */
  path: string
  /** Text alternative. */
  alt: string
}

/** For pages of no session of their own. */
export const homeCard: Card = { path: 'card.png', alt: 'The last session: its result and the best value so far.' }
export const compareCard: Card = { path: 'compare.png', alt: 'The compared sessions: the best value so far of each.' }

export const sessionCard = (v: View): Card => ({
  path: hrefs.data(v.id, 'card.png'),
  alt: v.digest ? headline(v.digest, v.session) : frontierCaption(v).finding,
})

/** A link to a card must be absolute, so without a public address there are none; nor without a font to draw them with. */
export const hasCards = async (): Promise<boolean> => config.site !== null && (await hasFont())

/** @throws {Error} without a font, which `hasCards` rules out */
export const sessionPng = (v: View): Promise<Buffer> => png(sessionSvg(v))

/** @param html of which the first paragraph is shown @param figure a whole SVG; null for none */
export const wordsPng = (title: string, html: Markup, figure: Markup | null): Promise<Buffer> =>
  png(wordsSvg(title, firstParagraph(html), figure))

const firstParagraph = (html: Markup): string =>
  new JSDOM(html).window.document.querySelector('p')?.textContent?.replace(/\s+/g, ' ').trim() ?? ''

async function png(svg: Markup): Promise<Buffer> {
  const found = await toPng(svg, 1)
  if (found === null) throw new Error('This machine has no font to draw a card with.')
  return found
}
