/** Positions, range, margins and steps of the frontier, of a whole session or of a range of it. */
import { metricText } from '../../../scripts/lib/format.ts'
import { legendHeight, placeLegend } from '../legend.ts'
import { range as axisRange, ticks, usualReach } from '../scale.ts'
import { labelWidth } from '../text.ts'
import { confirmedLines, endGap } from './ending.ts'
import type { Layout, Parts, ZoomRange } from './frame.ts'
import { legendOf } from './key.ts'
import { type FrontierData, keptPoints, onFrontier, type Point, type Valued } from './point.ts'

/** A drawing without legend and names, for a picture that is seen small. */
export interface Plain {
  height: number
}

/**
 * Lays out a session.
 * @param width in pixels
 * @param range the whole session where it is null
 * @param plain the height of a drawing without legend and names; null for a page's
 */
export function layOut(
  data: FrontierData,
  width: number,
  range: ZoomRange | null = null,
  plain: Plain | null = null,
): Layout {
  const narrow = width < 600
  const [from, to] = range ?? [0, Math.max(1, data.points.at(-1)?.place ?? 0)]
  const parts = partsOf(data, [from, to])
  const { domain, kept, levels } = parts
  const nothing = kept.length + parts.others.length === 0
  const yTicks = nothing ? { values: [], text: String } : ticks(domain, narrow ? 4 : 5)
  const best = levels.at(-1) ?? null
  const legend = plain ? [] : placeLegend(legendOf({ data, ...parts, narrow }), width)
  const margin = margins(yTicks, data, best, {
    narrow,
    ...(plain ? { top: 24, bottom: 24 } : { top: 40 + legendHeight(legend), bottom: 46 }),
  })
  const base = plain?.height ?? (narrow ? 340 : width < 800 ? 440 : 500)
  const height = base + legendHeight(legend)
  const up = data.metric.goal === 'maximize'
  const [left, right] = [margin.left, width - margin.right - (narrow ? 4 : 8)]
  // Room for the names below the last keep, or above it where higher is better, and for the marks of the edge.
  const room = plain ? 4 : 14
  const [low, high] = up
    ? [height - margin.bottom - 18, margin.top + room]
    : [height - margin.bottom - room, margin.top + 14]
  return {
    data,
    width,
    height,
    narrow,
    margin,
    legend,
    kept,
    best,
    yTicks,
    others: parts.others,
    off: parts.off,
    stairs: stairs(levels, to),
    xTicks: [from, ...innerTicks([from, to], narrow), to],
    edge: up ? height - margin.bottom - 5 : margin.top,
    x: place => left + ((place - from) / (to - from)) * (right - left),
    y: value => low - ((value - domain[0]) / (domain[1] - domain[0])) * (low - high),
  }
}

/** Which experiments of a range are where; `levels` are the points of the line. */
function partsOf(data: FrontierData, [from, to]: ZoomRange): Parts {
  const points = data.points.filter(p => p.place >= from && p.place <= to)
  const shown = new Set(points)
  const kept = keptPoints(points)
  const keeps = new Set<Point>(kept)
  const line = onFrontier(data)
  // The best at the start of the range.
  const before = line.findLast(p => p.place < from)
  const levels = [...(before ? [{ ...before, place: from }] : []), ...line.filter(p => shown.has(p))]
  const measured = points.filter((p): p is Valued => p.value !== null && !keeps.has(p))
  const domain = usualRange(data, [...levels, ...kept], measured)
  const inside = (p: Point) => p.value !== null && p.value >= domain[0] && p.value <= domain[1]
  return { kept, levels, domain, others: measured.filter(inside), off: points.filter(p => !inside(p)) }
}

/** The y range: holds the kept and most of the other values, and what was confirmed as far as it does not flatten them. */
function usualRange({ metric, sigma, confirmed }: FrontierData, kept: Valued[], measured: Valued[]): [number, number] {
  const reach = usualReach(measured.map(shortfall))
  const usual = [...kept, ...measured.filter(p => shortfall(p) <= reach)].map(p => p.value)
  const [low, high] = axisRange(metric.goal, usual, sigma)
  if (!confirmed || usual.length === 0) return [low, high]
  const pad = 0.04 * (high - low)
  const most = 0.4 * (high - low)
  const { value, interval } = confirmed
  return [
    Math.min(low, value - pad, Math.max(interval[0] - pad, low - most)),
    Math.max(high, value + pad, Math.min(interval[1] + pad, high + most)),
  ]
}

/** How much worse than the best at its time; 0 when better. */
const shortfall = (p: Valued): number => Math.max(0, -(p.gain ?? 0))

function margins(
  { values, text }: ReturnType<typeof ticks>,
  data: FrontierData,
  best: Valued | null,
  { narrow, top, bottom }: { narrow: boolean; top: number; bottom: number },
): Layout['margin'] {
  const left = Math.max(0, ...values.map(v => labelWidth(text(v)))) + (narrow ? 8 : 14)
  const texts = [
    ...(best ? [metricText(best.value)] : []),
    ...(data.confirmed ? confirmedLines(data.confirmed, narrow) : []),
  ]
  const end = Math.max(0, ...texts.map(words => labelWidth(words, true)))
  return {
    left: Math.max(narrow ? 24 : 40, left),
    right: end + endGap(data, narrow) + (narrow ? 4 : 14),
    top,
    bottom,
  }
}

/** @param end position at which the last level ends */
function stairs(line: Valued[], end: number): Layout['stairs'] {
  const corners = line.map(p => ({ place: p.place, best: p.value }))
  const last = corners.at(-1)
  return last ? [...corners, { place: end, best: last.best }] : []
}

/** Round numbers, not too near the ends. */
function innerTicks([from, to]: ZoomRange, narrow: boolean): number[] {
  const room = (to - from) * (narrow ? 0.16 : 0.08)
  return ticks([from, to], narrow ? 2 : 5).values.filter(v => Number.isInteger(v) && v - from > room && to - v > room)
}
