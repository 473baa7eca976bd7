/**
 * Tooltips: what a mark says when a reader points at it, taps it or reaches it by keys. site/scripts/tip.ts shows
 * them. A figure with tooltips has two attributes and no further elements; each text occurs once for all drawings:
 *
 * - `data-tips` of the <figure> (Figure.astro's `tips`): one line per mark: its link, which may be empty, and its lines
 *   of text, the first one bold, separated by tabs.
 * - `data-marks` of each <svg> (`markup`'s last argument): the positions of these marks in the same order, in pixels of
 *   the drawing, separated by spaces: "x,y" for a point, "x,y,width,height" for a box, "-" for a mark not drawn.
 */

export interface Tip {
  /** Relative to the page; null without a link. */
  href: string | null
  /** Lines of text, possibly by others: they are shown as text. */
  lines: string[]
}

export type Place = readonly [x: number, y: number, width?: number, height?: number] | null

export const tipsText = (tips: Tip[]): string =>
  tips.map(({ href, lines }) => [href ?? '', ...lines.filter(Boolean)].map(flat).join('\t')).join('\n')

/** Tabs and line ends are the separators, so they cannot be part of a text. */
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()

export const placesText = (places: Place[]): string =>
  places.map(place => place?.map(v => Number((v ?? 0).toFixed(1))).join(',') ?? '-').join(' ')
