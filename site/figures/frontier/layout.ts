/** What the frontier of a whole session and of a stretch of it share: what lies where, range, margins and steps. */
import { metricText } from '../../../scripts/lib/format.ts'
import { range, type ticks, usualReach } from '../scale.ts'
import { size, textWidth } from '../text.ts'
import type { FrontierData, Point, Valued } from './point.ts'

/** Where all lies. */
export interface Layout {
  data: FrontierData
  width: number
  height: number
  narrow: boolean
  margin: { left: number; right: number; top: number; bottom: number }
  /** The baseline and the kept, the other measured within the scale, and those that lie on the edge. */
  kept: Valued[]
  others: Valued[]
  off: Point[]
  best: Valued | null
  /** Corners of the best-so-far line; the last reaches beyond the last experiment. */
  stairs: { place: number; best: number }[]
  yTicks: ReturnType<typeof ticks>
  xTicks: number[]
  /** Pixel row of what lies off the scale: top when lower is better, bottom when higher is. */
  edge: number
  x: (place: number) => number
  y: (value: number) => number
}

/** Holds the line and the usual of what was tried besides. @param kept the dots on the line */
export function usualRange({ metric, sigma }: FrontierData, kept: Valued[], measured: Valued[]): [number, number] {
  const reach = usualReach(measured.map(shortfall))
  const usual = [...kept, ...measured.filter(p => shortfall(p) <= reach)]
  return range(
    metric.goal,
    usual.map(p => p.value),
    sigma,
  )
}

/** How much worse than the best at its time. */
const shortfall = (p: Valued): number => Math.max(0, -(p.gain ?? 0))

export function margins(
  { values, text }: ReturnType<typeof ticks>,
  best: Valued | null,
  narrow: boolean,
): Layout['margin'] {
  const left = Math.max(0, ...values.map(v => textWidth(text(v), size))) + (narrow ? 8 : 14)
  const end = best ? textWidth(metricText(best.value), size, true) : 0
  return { left: Math.max(narrow ? 24 : 40, left), right: end + (narrow ? 12 : 30), top: 40, bottom: 34 }
}

/** @param end the place that the last level reaches to */
export function stairs(kept: Valued[], end: number): Layout['stairs'] {
  const corners = kept.map(p => ({ place: p.place, best: p.value }))
  const last = corners.at(-1)
  return last ? [...corners, { place: end, best: last.best }] : []
}
