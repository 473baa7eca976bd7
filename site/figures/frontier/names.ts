/** Which marks of the frontier have a label, its text and its position. */
import { briefDelta, briefMetric } from '../../../scripts/analysis/numbers.ts'
import { metricText } from '../../../scripts/lib/format.ts'
import { type Box, type Item, type Placed, place, type Segment } from '../labels.ts'
import { gap, labelWidth, short, size } from '../text.ts'
import { endingBoxes } from './ending.ts'
import type { Layout } from './frame.ts'
import type { Point, Valued } from './point.ts'

interface Name extends Item {
  value: string
  label: string
}

/** Labels of the last and of the largest kept changes, with delta and name, where there is room. */
export function nameKept(frame: Layout): Placed<Name>[] {
  const obstacles = obstaclesOf(frame)
  const last = nameLast(frame, obstacles)
  const taken = last.flatMap(({ at: [left, middle], width, leader }) => [
    { x0: left - 2, x1: left + width + 2, y0: middle - 7, y1: middle + 7 },
    ...(leader ? alongLeader(leader) : []),
  ])
  const items = worthNaming(frame).map((p, rank) => item(p, rank, frame, frame.narrow ? 22 : 34))
  return [...place(items, { ...obstacles, hard: [...obstacles.hard, ...taken] }), ...last]
}

/** The last keep always has a label, where there is no room for its name a short one. */
function nameLast(frame: Layout, obstacles: ReturnType<typeof obstaclesOf>): Placed<Name>[] {
  const [last] = frame.kept.slice(-1)
  if (!last) return []
  for (const letters of frame.narrow ? [22, 12, 0] : [34, 16, 0]) {
    const placed = place([item(last, 0, frame, letters)], obstacles)
    if (placed.length > 0) return placed
  }
  return []
}

function obstaclesOf(frame: Layout) {
  const { kept, others, x, y, width, height, margin, narrow, edge, data } = frame
  const up = data.metric.goal === 'maximize'
  return {
    hard: [...kept.map(p => around(x(p.place), y(p.value), 4)), ...staircase(frame), ...endingBoxes(frame)],
    soft: others.map((p): [number, number] => [x(p.place), y(p.value)]),
    bounds: {
      x0: margin.left + 2,
      x1: width - (narrow ? 2 : 6),
      // The labels of the edge are in a row of their own.
      y0: margin.top + (up ? -6 : 9),
      y1: up ? edge - 9 : height - margin.bottom - 2,
    },
  }
}

function item(p: Valued, rank: number, frame: Layout, letters: number): Name {
  const { value, label } = nameOf(p, frame, letters)
  const width = labelWidth(value, true) + (label === '' ? 0 : size / 2 + labelWidth(label))
  return { value, label, width, x: frame.x(p.place), y: frame.y(p.value), rank }
}

/** Small boxes on a leader, which other leaders must not cross. */
const alongLeader = ([x1, y1, x2, y2]: Segment): Box[] =>
  Array.from({ length: 12 }, (_, i) => around(x1 + ((x2 - x1) * (i + 1)) / 13, y1 + ((y2 - y1) * (i + 1)) / 13, 2))

/**
 * The baseline, then the others but the last by gain. With more than eight keeps, those below the noise of one run have no
 * label.
 */
function worthNaming({ kept, narrow, width, data: { sigma } }: Layout): Valued[] {
  const limit = narrow ? 5 : width < 800 ? 11 : 19
  const rest = kept.slice(0, -1)
  const ranked = rest.filter(p => p.number > 0).sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0))
  const large = ranked.filter(p => (p.gain ?? 0) >= (sigma ?? 0))
  return [...rest.filter(p => p.number === 0), ...(ranked.length > 8 ? large : ranked)].slice(0, limit)
}

/** @param letters of the name at most; 0: none */
function nameOf(p: Valued, { data: { metric } }: Layout, letters: number): { value: string; label: string } {
  if (p.gain === null || p.number === 0) return { value: metricText(p.value), label: p.number === 0 ? 'baseline' : '' }
  return { value: briefDelta(p.gain, metric, p.value), label: letters === 0 ? '' : short(p.description, letters) }
}

const around = (x: number, y: number, r: number): Box => ({ x0: x - r, x1: x + r, y0: y - r, y1: y + r })

/** Boxes of the line, which labels must avoid. */
function staircase({ stairs, x, y }: Layout): Box[] {
  const boxes: Box[] = []
  stairs.slice(1).forEach((to, i) => {
    const from = stairs[i] ?? to
    const [a, b] = [y(from.best), y(to.best)]
    boxes.push({ x0: x(from.place), x1: x(to.place), y0: a - 2, y1: a + 2 })
    if (a !== b) boxes.push({ x0: x(to.place) - 1, x1: x(to.place) + 1, y0: Math.min(a, b), y1: Math.max(a, b) - 4 })
  })
  return boxes
}

/** Labels of the marks on the edge, the worst first, as far as they fit: { left, text } in pixels. */
export function nameOff({ off, x, width, margin, narrow }: Layout): { left: number; text: string }[] {
  const named: { left: number; end: number; text: string }[] = []
  // A label must be nearer to its own mark than to any other, or it would be ambiguous.
  const free = (a: number, b: number, own: Point) =>
    a > 0 &&
    b < width - margin.right + 20 &&
    off.every(p => p === own || b < x(p.place) - 16 || a > x(p.place) + 16) &&
    named.every(n => b < n.left - 8 || a > n.end + 8)
  for (const p of [...off].sort(worstFirst)) {
    const at = x(p.place)
    for (const text of narrow ? [brief(p)] : [full(p), brief(p)]) {
      const wide = labelWidth(text)
      const left = [at + 9, at - 9 - wide].find(edge => free(edge, edge + wide, p))
      if (left === undefined) continue
      named.push({ left, end: left + wide, text })
      break
    }
  }
  return named
}

/** Failures first, then by distance from the best. */
const worstFirst = (a: Point, b: Point): number =>
  a.value === null || b.value === null
    ? Number(a.value !== null) - Number(b.value !== null)
    : Math.abs(b.gain ?? 0) - Math.abs(a.gain ?? 0)

const brief = (p: Point): string => (p.value === null ? p.status : briefMetric(p.value))
const full = (p: Point): string => `${brief(p)}${p.value === null ? ':' : ''}${gap}${short(p.description)}`
