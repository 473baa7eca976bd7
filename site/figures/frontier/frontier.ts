/**
 * The session in one picture: every experiment a mark by its status, the best so far as a line, noise as a band round it,
 * the kept changes named. What failed or lies off the scale is on the worse edge.
 */

import type { Digest } from '../../../scripts/analysis/schema.ts'
import { metricText } from '../../../scripts/lib/format.ts'
import type { Markup } from '../../../scripts/lib/text.ts'
import type { Experiment, Session } from '../../../scripts/record/schema.ts'
import { standalone } from '../standalone.ts'
import { markup, plot, widths } from '../svg.ts'
import type { Place } from '../tips.ts'
import { type Frame, layOut } from './frame.ts'
import { marks } from './marks.ts'
import { type FrontierData, frontierData, onFrontier, withTips } from './point.ts'

/** For a page: three drawings, of which the style sheet shows one. */
export const frontier = (data: FrontierData): Markup => widths((width, className) => draw(data, width, className))

/** For a README or a post: one picture by itself, in light colours. The digest's σ counts where there is one. */
export function standaloneFrontier(session: Session, experiments: Experiment[], digest: Digest | null): Markup {
  const data = frontierData(session, experiments)
  return standalone(draw({ ...data, sigma: digest?.noise?.sigma ?? data.sigma }, 1000, 'at-wide'))
}

function draw(data: FrontierData, width: number, className: string): Markup {
  const frame = layOut(data, width)
  return markup(plot({ ...frame.options, marks: marks(frame) }), frontierLabel(data), className, places(frame))
}

/** In the order of the verdicts. */
function places({ data, off, edge, x, y }: Frame): Place[] {
  const far = new Set(off)
  return withTips(data.points).map(p => [x(p.place), p.value === null || far.has(p) ? edge : y(p.value)])
}

/** What the picture says, for readers who can't see it. */
export function frontierLabel({ metric, points }: FrontierData): string {
  const kept = onFrontier(points)
  const first = kept[0]
  const last = kept.at(-1)
  if (!first || !last) return `${points.length} experiments, none of which measured ${metric.name}.`
  const discards = points.filter(p => p.status === 'discard').length
  const failed = points.filter(p => p.value === null).length
  return `Best ${metric.name} so far over ${points.length} experiments, from ${metricText(first.value)} to ${metricText(last.value)}; ${kept.length - 1} kept, ${discards} discarded, ${failed} without a value.`
}
