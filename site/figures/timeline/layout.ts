/** What the time line shows, and its page: a lane for each run that goes on at the same time, on each line of the grid. */
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
  /** Runs of which only the beginning is known. */
  marks: Pick<Span, 'number' | 'start' | 'kind'>[]
  thinking: { start: number; end: number }[]
  outages: Outage[]
  bests: { at: number; value: number }[]
  /** Confirm runs that came so much later that they are not shown. */
  later: number
}

/** Pixels from the top: where each line is, with a lane for each run that goes on at the same time in it. */
export interface Frame {
  grid: TimeGrid
  lane: Map<Span, number>
  /** Height of a lane. */
  row: number
  tops: number[]
  depths: number[]
  height: number
  /** Middle of a line's first lane. */
  middle: (line: number) => number
}

/** Below the lanes of a line there is room for the thinking. */
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

/** Half the height of a bar in parts of a lane. */
export const BAR_HALF_HEIGHT: Record<Span['kind'], number> = {
  keep: 0.42,
  tried: 0.1,
  failed: 0.1,
  repeat: 0.22,
  confirm: 0.22,
}

/** Middle of a bar's lane. */
export const laneOf = ({ lane, row, middle }: Frame, bar: Bar<Span>): number =>
  middle(bar.line) + ((lane.get(bar.of) ?? 1) - 1) * row

/**
 * Where a tip is told: of runs, beginnings, outages, in this order. A run cut in two has it where most of it lies.
 * @param left pixels to the left of the lines @param above to their top
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
