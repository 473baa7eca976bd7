/** Data and layout of the timeline: on each line a lane for each simultaneous run. */
import type { Metric } from '../../../scripts/record/schema.ts'
import type { Place } from '../tips.ts'
import { type Bar, cutToLines, lanes, type TimeGrid } from './timeGrid.ts'

/** Times are seconds since 1970. */
export interface Span {
  number: number
  start: number
  end: number
  kind: 'keep' | 'tried' | 'failed' | 'repeat' | 'confirm'
}
export interface Outage {
  start: number
  end: number
  kind: string
}
export interface Timeline {
  start: number
  end: number
  metric: Metric
  spans: Span[]
  /** Runs of which only the start is known. */
  marks: Pick<Span, 'number' | 'start' | 'kind'>[]
  thinking: { start: number; end: number }[]
  outages: Outage[]
  bests: { at: number; value: number }[]
  /** Number of confirm runs that came too late to be shown. */
  later: number
}

/** Layout in pixels from the top. */
export interface Frame {
  grid: TimeGrid
  lane: Map<Span, number>
  /** Height of a lane. */
  row: number
  tops: number[]
  depths: number[]
  height: number
  /** Vertical centre of a line's first lane. */
  middle: (line: number) => number
}

/** Pixels below the lanes of a line, for agent time. */
const below = 8

export function layOut(data: Timeline, grid: TimeGrid, row: number): Frame {
  const lane = lanes(data.spans)
  const depths = grid.lines.map(() => 1)
  for (const { of, line } of cutToLines(data.spans, grid, 0))
    depths[line] = Math.max(depths[line] ?? 1, lane.get(of) ?? 1)
  const tops: number[] = []
  let height = 0
  for (const depth of depths) {
    tops.push(height)
    height += depth * row + below
  }
  return {
    grid,
    lane,
    row,
    tops,
    depths,
    height,
    middle: line => (tops[line] ?? 0) + row / 2,
  }
}

/** Half the height of a bar, as a fraction of a lane. */
export const BAR_HALF_HEIGHT: Record<Span['kind'], number> = {
  keep: 0.42,
  tried: 0.1,
  failed: 0.1,
  repeat: 0.22,
  confirm: 0.22,
}

/** Vertical centre of a bar's lane. */
export const laneOf = ({ lane, row, middle }: Frame, bar: Bar<Span>): number =>
  middle(bar.line) + ((lane.get(bar.of) ?? 1) - 1) * row

/**
 * Places of the tooltips: runs, starts, outages, in this order. A run cut in two has its tooltip at the longer part.
 * @param left pixels left of the lines
 * @param above pixels above the lines
 */
export function places(
  { spans, marks, outages }: Timeline,
  frame: Frame,
  { left, above, perSecond }: { left: number; above: number; perSecond: number },
): Place[] {
  const { grid, middle, row } = frame
  const longest = <T extends { start: number; end: number }>(list: T[]) =>
    cutToLines(list, grid, 1 / perSecond).filter(p => p.first)
  const box = (from: number, to: number, y: number, half: number): Place => [
    left + from * perSecond,
    above + y - half,
    (to - from) * perSecond,
    2 * half,
  ]
  return [
    ...longest(spans).map(p => box(p.from, p.to, laneOf(frame, p), BAR_HALF_HEIGHT[p.of.kind] * row)),
    ...marks.map(m => grid.place(m.start)).map(({ x, line }) => box(x, x, middle(line), 0.42 * row)),
    ...longest(outages).map(p => box(p.from, p.to, middle(p.line), 0.5 * row)),
  ]
}
