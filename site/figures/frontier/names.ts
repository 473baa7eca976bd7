/** Which marks of the frontier have a label, its text and its position. */
import { briefDelta, briefMetric } from '../../../scripts/analysis/numbers.ts'
import { metricText } from '../../../scripts/lib/format.ts'
import { type Box, type Item, type Placed, place } from '../labels.ts'
import { gap, short, size, textWidth } from '../text.ts'
import type { Frame } from './frame.ts'
import type { Layout } from './layout.ts'
import type { Point, Valued } from './point.ts'

interface Name extends Item {
  value: string
  label: string
}

/** Labels of the largest kept changes, with delta and name, where there is room; the baseline always first. */
export function nameKept(frame: Layout): Placed<Name>[] {
  const { kept, others, x, y, width, height, margin, narrow } = frame
  const named = worthNaming(frame)
  const items = named.map((p, rank) => ({ ...nameOf(p, frame), x: x(p.place), y: y(p.value), rank }))
  return place(
    items.map(item => ({ ...item, width: textWidth(item.value, size, true) + size / 2 + textWidth(item.label, size) })),
    {
      hard: [...kept.map(p => around(x(p.place), y(p.value), 4)), ...staircase(frame)],
      soft: others.map(p => [x(p.place), y(p.value)]),
      bounds: {
        x0: margin.left + 2,
        x1: width - (narrow ? 2 : 6),
        y0: margin.top + 8,
        y1: height - margin.bottom - 4,
      },
    },
  )
}

/** Ranks keeps by gain. With more than eight keeps, those below the noise of one run have no label. */
function worthNaming({ kept, narrow, width, data: { sigma } }: Layout): Valued[] {
  const limit = narrow ? 6 : width < 800 ? 12 : 20
  const [first, ...rest] = kept
  const ranked = [...rest].sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0))
  const large = ranked.filter(p => (p.gain ?? 0) >= (sigma ?? 0))
  return [...(first ? [first] : []), ...(ranked.length > 8 ? large : ranked)].slice(0, limit)
}

function nameOf(p: Valued, { data: { metric }, narrow }: Layout): { value: string; label: string } {
  if (p.gain === null || p.number === 0) return { value: metricText(p.value), label: p.number === 0 ? 'baseline' : '' }
  return { value: briefDelta(p.gain, metric, p.value), label: short(p.description, narrow ? 22 : 34) }
}

const around = (x: number, y: number, r: number): Box => ({ x0: x - r, x1: x + r, y0: y - r, y1: y + r })

/** Boxes of the line and of the value at its end, which labels must avoid. */
function staircase({ stairs, x, y, best }: Layout): Box[] {
  const boxes: Box[] = []
  stairs.slice(1).forEach((to, i) => {
    const from = stairs[i] ?? to
    const [a, b] = [y(from.best), y(to.best)]
    boxes.push({ x0: x(from.place), x1: x(to.place), y0: a - 2, y1: a + 2 })
    if (a !== b) boxes.push({ x0: x(to.place) - 1, x1: x(to.place) + 1, y0: Math.min(a, b), y1: Math.max(a, b) - 4 })
  })
  const end = stairs.at(-1)
  if (best && end) {
    const left = x(end.place)
    boxes.push({ x0: left, x1: left + 90, y0: y(end.best) - 22, y1: y(end.best) + 8 })
  }
  return boxes
}

/** Labels of the marks on the edge, the worst first, as far as they fit: { left, text } in pixels. */
export function nameOff({ off, x, width, margin, narrow }: Frame): { left: number; text: string }[] {
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
      const wide = textWidth(text, size)
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
