/**
 * The session in one figure: every experiment as a mark by its status, the best so far as a line with the noise band,
 * the kept changes named. Failed and off-scale experiments are on the worse edge.
 */

import type { Digest } from '../../../scripts/analysis/schema.ts'
import { metricText } from '../../../scripts/lib/format.ts'
import type { Markup } from '../../../scripts/lib/text.ts'
import type { Experiment, Session } from '../../../scripts/record/schema.ts'
import { standalone } from '../standalone.ts'
import { markup, plot, widths } from '../svg.ts'
import type { Place } from '../tips.ts'
import { frontierData } from './data.ts'
import { type Frame, layOut } from './frame.ts'
import { marks } from './marks.ts'
import { type FrontierData, isUnknown, keptPoints, onFrontier, withTips } from './point.ts'

/** For a page: three widths, of which the style sheet shows one. */
export const frontier = (data: FrontierData): Markup => widths((width, className) => draw(data, width, className))

/** For a README or a post: an SVG file in light colours. Uses the digest's σ where there is one. */
export function standaloneFrontier(session: Session, experiments: Experiment[], digest: Digest | null): Markup {
  const data = frontierData(session, experiments)
  return standalone(draw({ ...data, sigma: digest?.noise?.sigma ?? data.sigma }, 1000, 'at-wide'))
}

function draw(data: FrontierData, width: number, className: string): Markup {
  const frame = layOut(data, width)
  return markup(plot({ ...frame.options, marks: marks(frame) }), frontierLabel(data), className, places(frame))
}

/** Places of the tooltips, in the order of the verdicts. */
function places({ data, off, edge, x, y }: Frame): Place[] {
  const far = new Set(off)
  return withTips(data.points).map(p => [x(p.place), p.value === null || far.has(p) ? edge : y(p.value)])
}

/** Text alternative for screen readers. */
export function frontierLabel(data: FrontierData): string {
  const { metric, points } = data
  const line = onFrontier(data)
  const first = line[0]
  const last = line.at(-1)
  const kept = keptPoints(points).length - 1
  const unknown = points.filter(isUnknown).length
  if (!first || !last) return `${points.length} experiments, none of which measured ${metric.name}.`
  const discards = points.filter(p => p.status === 'discard').length
  const failed = points.filter(p => p.value === null).length
  return `Best ${metric.name} so far over ${points.length} experiments, from ${metricText(first.value, [last.value])} to ${metricText(last.value, [first.value])}; ${kept} kept, ${discards} discarded, ${unknown > 0 ? `${unknown} of unknown status, ` : ''}${failed} without a value.`
}
