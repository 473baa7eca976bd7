/**
 * Tips: what a mark says when a reader points at it, taps it or reaches it by keys; site/scripts/tip.ts shows them.
 * A figure that has tips carries two attributes and no element more, and each text is there once for all drawings:
 *
 * - `data-tips` of the <figure> (Figure.astro's `tips`): a line a mark; its link, which may be empty, and its lines of
 *   text, the first of them in bold, with tabs between.
 * - `data-marks` of each <svg> (`markup`'s last argument): where these marks are, in the same order, in the drawing's
 *   own pixels, with spaces between: "x,y" of a point, "x,y,width,height" of a box, "-" of what it leaves out.
 */

export interface Tip {
  /** Relative to the page; null leads nowhere. */
  href: string | null
  /** Of anyone's words: they are shown as text. */
  lines: string[]
}

export type Place = readonly [x: number, y: number, width?: number, height?: number] | null

export const tipsText = (tips: Tip[]): string =>
  tips.map(({ href, lines }) => [href ?? '', ...lines.filter(Boolean)].map(flat).join('\t')).join('\n')

/** Tabs and ends of lines separate. */
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()

export const placesText = (places: Place[]): string =>
  places.map(place => place?.map(v => Number((v ?? 0).toFixed(1))).join(',') ?? '-').join(' ')
