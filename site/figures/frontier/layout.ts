/** Shared by the frontier of a whole session and the zoomed one: positions, range, margins and steps. */
import { metricText } from '../../../scripts/lib/format.ts'
import { range, type ticks, usualReach } from '../scale.ts'
import { size, textWidth } from '../text.ts'
import type { FrontierData, Point, Valued } from './point.ts'

/** Positions of all marks. */
export interface Layout {
  data: FrontierData
  width: number
  height: number
  narrow: boolean
  margin: { left: number; right: number; top: number; bottom: number }
  /** `kept` includes the baseline; `others` are measured and within the scale; `off` are on the edge. */
  kept: Valued[]
  others: Valued[]
  off: Point[]
  best: Valued | null
  /** Corners of the best-so-far line; the last one lies beyond the last experiment. */
  stairs: { place: number; best: number }[]
  yTicks: ReturnType<typeof ticks>
  xTicks: number[]
  /** Pixel row of off-scale marks: top when lower is better, bottom when higher is. */
  edge: number
  x: (place: number) => number
  y: (value: number) => number
}

/** The y range: holds the kept and most of the other values. @param kept with the baseline */
export function usualRange({ metric, sigma }: FrontierData, kept: Valued[], measured: Valued[]): [number, number] {
  const reach = usualReach(measured.map(shortfall))
  const usual = [...kept, ...measured.filter(p => shortfall(p) <= reach)]
  return range(
    metric.goal,
    usual.map(p => p.value),
    sigma,
  )
}

/** How much worse than the best at its time; 0 when better. */
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

/** @param end position at which the last level ends */
export function stairs(line: Valued[], end: number): Layout['stairs'] {
  const corners = line.map(p => ({ place: p.place, best: p.value }))
  const last = corners.at(-1)
  return last ? [...corners, { place: end, best: last.best }] : []
}
