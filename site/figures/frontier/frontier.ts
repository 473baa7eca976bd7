/**
 * The session in one figure: every experiment as a mark by its status, the best so far as a line with the noise band,
 * the kept changes named, and at the right end what confirm found. Failed and off-scale experiments are on the worse edge.
 */

import { metricText } from '../../../scripts/lib/format.ts'
import type { Markup } from '../../../scripts/lib/text.ts'
import { plural } from '../../../scripts/lib/text.ts'
import { type Make, maker } from '../../components/compare/make.ts'
import { document, markupOf, widths } from '../svg.ts'
import { type Place, placesText } from '../tips.ts'
import { drawFrontier, drawPlainFrontier } from './draw.ts'
import type { Layout } from './frame.ts'
import { layOut } from './layout.ts'
import { type FrontierData, isUnknown, keptPoints, onFrontier, withTips } from './point.ts'

const make: Make = maker(document)

/** For a page: three widths, of which the style sheet shows one. */
export const frontier = (data: FrontierData): Markup => widths((width, className) => draw(data, width, className))

/** One width, for an SVG file: placing the names is slow. */
export const wideFrontier = (data: FrontierData): Markup => draw(data, 1000, 'at-wide')

/** Without legend and names, for a picture that is seen small. @param width, @param height in pixels */
export function plainFrontier(data: FrontierData, width: number, height: number): Markup {
  const frame = layOut(data, width, null, { height })
  return svg(frame, 'plain', frontierLabel(data), drawPlainFrontier(make, frame), [])
}

function draw(data: FrontierData, width: number, className: string): Markup {
  const frame = layOut(data, width)
  return svg(frame, className, frontierLabel(data), drawFrontier(make, frame), places(frame))
}

const svg = (
  { width, height }: Layout,
  className: string,
  label: string,
  content: ReturnType<typeof drawFrontier>,
  marks: Place[],
): Markup =>
  markupOf(
    make(
      'svg',
      {
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: 'img',
        'text-anchor': 'middle',
        'aria-label': label,
        class: `plot ${className}`,
        'data-marks': marks.length > 0 && placesText(marks),
      },
      content,
    ),
  )

/** Places of the tooltips, in the order of the verdicts. */
function places({ data, off, edge, x, y }: Layout): Place[] {
  const far = new Set(off)
  return withTips(data.points).map(p => [x(p.place), p.value === null || far.has(p) ? edge : y(p.value)])
}

/** Text alternative for screen readers. */
export function frontierLabel(data: FrontierData): string {
  const { metric, points, confirmed } = data
  const line = onFrontier(data)
  const first = line[0]
  const last = line.at(-1)
  const kept = keptPoints(points).length - 1
  const unknown = points.filter(isUnknown).length
  const tried = points.filter(p => p.number > 0).length
  if (!first || !last) return `${plural(tried, 'experiment')}, none of which measured ${metric.name}.`
  const discards = points.filter(p => p.status === 'discard').length
  const failed = points.filter(p => p.value === null).length
  const again = confirmed ? ` Run again ${confirmed.where}: ${confirmed.change}, ${confirmed.word}.` : ''
  return `Best ${metric.name} so far over ${plural(tried, 'experiment')}, from ${metricText(first.value, [last.value])} to ${metricText(last.value, [first.value])}; ${kept} kept, ${discards} discarded, ${unknown > 0 ? `${unknown} of unknown status, ` : ''}${failed} without a value.${again}`
}
