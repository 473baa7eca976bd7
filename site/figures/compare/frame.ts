/** Layout of the frontiers: which sessions are named, margins for the names, scales from data to pixels. */
import type { Metric } from '../../../scripts/record/schema.ts'
import { ticks } from '../scale.ts'
import { labelWidth } from '../text.ts'
import type { Tip } from '../tips.ts'

export interface Frontiers {
  /** The x axis; also part of the figure's class. */
  by: 'experiments' | 'hours' | 'dollars'
  metric: Pick<Metric, 'name' | 'goal'>
  lines: Line[]
}

/** Changes are percent of the baseline, in the metric's own sign. */
export interface Line {
  name: string
  /** Index of the machine and of the session within it, from 0; they select colour and dash. */
  styleKey: [machine: number, session: number]
  /** The baseline and each keep. */
  steps: { at: number; change: number; tip: Tip }[]
  /** Position of the session's end. */
  end: number
  confirmed: { change: number; interval: [number, number]; isBetter: boolean } | null
  /** Gain that decides which lines are named: that of confirm, else of the best single run; positive where better. */
  gain: number
  /** Text at the line's end: "−2.70 ± 0.14%"; on a narrow page `brief`, "−2.7%". */
  value: string
  brief: string
}

/** The lines with the largest gains are named; the others are thin and grey. */
export const MAX_NAMED_LINES = 8

/** Pixels between two intervals side by side. */
export const INTERVAL_SPACING = 7

/** The lines that are drawn strongly: those with the largest gains. */
export function namedLines({ lines }: Frontiers): Line[] {
  const chosen = new Set([...lines].sort((a, b) => b.gain - a.gain).slice(0, MAX_NAMED_LINES))
  return lines.filter(line => chosen.has(line))
}

/** Where a line's name belongs: at the change in confirm, else at that of the best single run. */
export const finalChange = ({ steps, confirmed }: Line): number => confirmed?.change ?? steps.at(-1)?.change ?? 0

export interface Frame {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
  narrow: boolean
  x: (at: number) => number
  y: (change: number) => number
  xTicks: ReturnType<typeof ticks>
  yTicks: ReturnType<typeof ticks>
}

export function layOut(frontiers: Frontiers, width: number): Frame {
  const narrow = width < 600
  const height = narrow ? 340 : width < 800 ? 420 : 480
  const domain = changeDomain(frontiers)
  const yTicks = ticks(domain, narrow ? 3 : 4)
  const last = Math.max(...frontiers.lines.map(line => line.end), 0) || 1
  const xTicks = ticks([0, last], narrow ? 3 : 6)
  const [top, bottom] = [44, height - 34]
  const left = Math.max(24, ...yTicks.values.map(v => labelWidth(`+${yTicks.text(v)}%`) + 10))
  const names = Math.max(
    ...namedLines(frontiers).map(
      line => labelWidth(narrow ? line.brief : line.value, true) + labelWidth(line.name) + 12,
    ),
    60,
  )
  const right = width - Math.min(names, narrow ? 132 : 300) - intervalsWidth(frontiers) - 18
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    narrow,
    xTicks,
    yTicks,
    x: at => left + (at / last) * (right - left),
    y: change => bottom - ((change - domain[0]) / (domain[1] - domain[0])) * (bottom - top),
  }
}

/** Width of the intervals at the right. */
const intervalsWidth = (frontiers: Frontiers): number => {
  const count = namedLines(frontiers).filter(line => line.confirmed).length
  return count === 0 ? 0 : count * INTERVAL_SPACING + 6
}

/** All changes, and the intervals as far as they do not flatten the lines. */
function changeDomain({ lines }: Frontiers): [number, number] {
  const changes = [
    0,
    ...lines.flatMap(l => [...l.steps.map(s => s.change), ...(l.confirmed ? [l.confirmed.change] : [])]),
  ]
  const [low, high] = [Math.min(...changes), Math.max(...changes)]
  const room = high - low || 1
  const ends = lines.flatMap(l => l.confirmed?.interval ?? [])
  return [
    Math.max(low - 0.4 * room, Math.min(low - 0.06 * room, ...ends)),
    Math.min(high + 0.4 * room, Math.max(high + 0.06 * room, ...ends)),
  ]
}
