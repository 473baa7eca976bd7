/** Draws the pictures that other sites show beside a link: the result in words over a small figure, in light colours. */

import { machineName } from '../../scripts/analysis/machineName.ts'
import { escapeHtml, type Markup } from '../../scripts/lib/text.ts'
import { plainFrontier } from '../figures/frontier/frontier.ts'
import { asXml, inLight, textStyle } from '../figures/standalone.ts'
import { fitted } from '../figures/text.ts'
import { answer } from './session/answer.ts'
import type { View } from './view.ts'
import { dateText, sessionDay } from './words.ts'

/** Size of each card in pixels, as sites that show links ask for. */
export const CARD = { width: 1200, height: 630 }
const PAD = 64

/** A session's card. */
export function sessionSvg(v: View): Markup {
  const { session } = v
  const { title: large, verdict, holdout, counts } = answer(v)
  const lines = [`${verdict} ${holdout}`.trim(), counts]
  const where = `${machineName(session.machine)}, ${dateText(sessionDay(session))}`
  return card({
    where,
    large,
    lines,
    // A replication has no frontier.
    figure:
      v.replication !== null
        ? ''
        : `<g transform="translate(${PAD} 318) scale(2)" font-size="12">${plainFrontier(v.frontierData, (CARD.width - 2 * PAD) / 2, 145)}</g>`,
  })
}

/** @param words a sentence @param figure a whole SVG; null for none */
export function wordsSvg(title: string, words: string, figure: Markup | null): Markup {
  const framed = (svg: string) =>
    svg.replace(/ width="[^"]*" height="[^"]*"/, ` x="${PAD}" y="270" width="${CARD.width - 2 * PAD}" height="350"`)
  return card({ where: '', large: title, lines: wrapped(words), figure: figure === null ? '' : framed(figure) })
}

const LINE = 28

/** Two lines; the second is cut where there is more. */
function wrapped(words: string): string[] {
  const room = CARD.width - 2 * PAD
  const all = words.split(' ')
  let first = ''
  while (all[0] !== undefined && fitted(`${first} ${all[0]}`.trim(), room, LINE) === `${first} ${all[0]}`.trim())
    first = `${first} ${all.shift()}`.trim()
  return [first, all.join(' ')]
}

/** All texts may be by others, and of any length. */
function card({
  where,
  large,
  lines,
  figure,
}: {
  where: string
  large: string
  lines: string[]
  figure: string
}): Markup {
  const room = CARD.width - 2 * PAD
  const text = (words: string, y: number, size: number, look = '', width = room) =>
    words === ''
      ? ''
      : `<text x="${PAD}" y="${y}" font-size="${size}" text-anchor="start" ${look}>${escapeHtml(asXml(fitted(words, width, size, look.includes('700'))))}</text>`
  // The largest size at which the result fits.
  const size = [64, 56, 48, 40].find(px => fitted(large, room, px, true) === large) ?? 40
  const body = [
    `<rect width="100%" height="100%" fill="var(--paper)"/>`,
    text('Nightshift', 74, 28, 'font-weight="700" class="delta"'),
    `<text x="${CARD.width - PAD}" y="74" font-size="${LINE - 2}" text-anchor="end" class="soft">${escapeHtml(asXml(fitted(where, room - 240, LINE - 2)))}</text>`,
    text(large, 168, size, 'font-weight="700"'),
    text(lines[0] ?? '', 226, LINE),
    text(lines[1] ?? '', 266, LINE, 'class="soft"'),
    figure,
  ].join('')
  const fonts = 'font-family="Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"'
  return inLight(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${CARD.width}" height="${CARD.height}" viewBox="0 0 ${CARD.width} ${CARD.height}" text-anchor="middle" ${fonts}><style>${textStyle}</style>${body}</svg>`,
  )
}
