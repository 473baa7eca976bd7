/** The frontiers' page: which sessions are named, margins that hold the names, and the way from data to pixels. */
import { ticks } from '../scale.ts'
import { textWidth } from '../text.ts'
import type { Tip } from '../tips.ts'

export interface Frontiers {
  /** What lies across: also the name of the drawing's class. */
  by: 'experiments' | 'hours' | 'dollars'
  metric: string
  lines: Line[]
}

/** Gains are percent of the baseline, positive where better. */
export interface Line {
  name: string
  /** Which machine, and which of its sessions, counted from 0: colour and dash. */
  styleKey: [machine: number, session: number]
  /** The baseline and each keep. */
  steps: { at: number; gain: number; tip: Tip }[]
  /** Where the session ended. */
  end: number
  confirmed: { gain: number; interval: [number, number] } | null
  /** What stands at its end: "+2.7 ± 0.1%"; on a narrow page "+2.7%". */
  value: string
  brief: string
}

/** More lines than these are thin, grey and without a name: those that moved least. */
export const MAX_NAMED_LINES = 8

export const size = 12
/** Between two intervals side by side at the right. */
export const INTERVAL_SPACING = 7

/** The lines that are drawn strongly, by how far they moved. */
export function namedLines({ lines }: Frontiers): Line[] {
  const chosen = new Set([...lines].sort((a, b) => finalGain(b) - finalGain(a)).slice(0, MAX_NAMED_LINES))
  return lines.filter(line => chosen.has(line))
}

/** The confirmed gain, else the last that was claimed. */
export const finalGain = ({ steps, confirmed }: Line): number => confirmed?.gain ?? steps.at(-1)?.gain ?? 0

export interface Frame {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
  narrow: boolean
  x: (at: number) => number
  y: (gain: number) => number
  xTicks: ReturnType<typeof ticks>
  yTicks: ReturnType<typeof ticks>
}

export function layOut(frontiers: Frontiers, width: number): Frame {
  const narrow = width < 600
  const height = narrow ? 340 : width < 800 ? 420 : 480
  const domain = gainDomain(frontiers)
  const yTicks = ticks(domain, narrow ? 3 : 4)
  const last = Math.max(...frontiers.lines.map(line => line.end), 0) || 1
  const xTicks = ticks([0, last], narrow ? 3 : 6)
  const [top, bottom] = [44, height - 34]
  const left = Math.max(24, ...yTicks.values.map(v => textWidth(`+${yTicks.text(v)}%`, size) * 1.16 + 10))
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
    y: gain => bottom - ((gain - domain[0]) / (domain[1] - domain[0])) * (bottom - top),
  }
}

/** In the widest of the usual fonts. */
export const labelWidth = (text: string, bold = false): number => textWidth(text, size, bold) * 1.16

/** Room for the intervals at the right. */
const intervalsWidth = (frontiers: Frontiers): number => {
  const count = namedLines(frontiers).filter(line => line.confirmed).length
  return count === 0 ? 0 : count * INTERVAL_SPACING + 6
}

/** All gains, and the intervals as far as they don't flatten the lines. */
function gainDomain({ lines }: Frontiers): [number, number] {
  const gains = [0, ...lines.flatMap(l => [...l.steps.map(s => s.gain), ...(l.confirmed ? [l.confirmed.gain] : [])])]
  const [low, high] = [Math.min(...gains), Math.max(...gains)]
  const room = high - low || 1
  const ends = lines.flatMap(l => l.confirmed?.interval ?? [])
  return [
    Math.max(low - 0.4 * room, Math.min(low - 0.06 * room, ...ends)),
    Math.min(high + 0.4 * room, Math.max(high + 0.06 * room, ...ends)),
  ]
}
