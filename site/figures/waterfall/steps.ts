/** The waterfall's marks: bars with connectors, names and numbers beside them, the totals below. */
import type { Markish } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { pRealText } from '../../../scripts/analysis/labels.ts'
import { briefDelta, briefMetric, delta } from '../../../scripts/analysis/numbers.ts'
import type { Metric } from '../../../scripts/record/schema.ts'
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import type { Make } from '../../components/compare/make.ts'
import type { LegendEntry } from '../legend.ts'
import { size } from '../svg.ts'
import { fitted, short, textWidth } from '../text.ts'

/** Gains, positive is better; `from` and `to` are cumulative, over the baseline. */
export interface Step {
  /** Number of the experiment, or "12–37" for several together. */
  number: string
  name: string
  from: number
  to: number
  gain: number
  /** Whether the label is likely or confirmed; null before the report. */
  sure: boolean | null
  pReal: number | null
}

export interface Waterfall {
  metric: Metric
  steps: Step[]
  /** From the baseline to where the steps end, by single runs. */
  singleRuns: { gain: number; baseline: number; best: number; name: string }
  confirmed: Confirmed | null
  holdout: Confirmed | null
  /** "on new seeds", "in re-runs". */
  where: string
}

export interface Total {
  name: string
  gain: number
  text: string
  interval: [number, number] | null
  y: number
}

interface Row {
  y: number
  from: number
  to: number
  fill: string
  stroke: number
}

const half = 0.32

export function bars(steps: Step[], totals: Total[]): Markish[] {
  const rows: Row[] = [
    ...steps.map((s, y) => ({
      y,
      from: s.from,
      to: s.to,
      fill: s.sure === false ? 'var(--pale)' : 'var(--fill)',
      stroke: s.sure === false ? 0.75 : 0,
    })),
    ...totals.map(t => ({
      y: t.y,
      from: 0,
      to: t.gain,
      fill: t.interval ? 'none' : 'var(--fill)',
      stroke: t.interval ? 1.25 : 0,
    })),
  ]
  const joints = steps.slice(0, -1).map((s, y) => ({ x: s.to, y }))
  return [
    Plot.link(joints, {
      x1: 'x',
      x2: 'x',
      y1: j => j.y + half,
      y2: j => j.y + 1 - half,
      stroke: 'var(--mark)',
      strokeWidth: 0.75,
    }),
    Plot.rect(rows, {
      x1: 'from',
      x2: 'to',
      y1: r => r.y - half,
      y2: r => r.y + half,
      className: 'steps',
      fill: 'fill',
      stroke: 'var(--fill)',
      strokeWidth: 'stroke',
    }),
    ...totals.flatMap(({ interval, y }) => (interval ? whisker(interval, y) : [])),
  ]
}

function whisker([low, high]: [number, number], y: number): Markish[] {
  const stroke = { stroke: 'var(--ink)', strokeWidth: 1.5 }
  return [
    Plot.link([y], { x1: low, x2: high, y1: y, y2: y, ...stroke }),
    Plot.link([low, high], { x1: d => d, x2: d => d, y1: y - 0.2, y2: y + 0.2, ...stroke }),
  ]
}

/** Number and name; a name may extend over the empty part of its row, up to its bar. */
export function names(
  { steps }: Waterfall,
  { left, narrow, x }: { left: number; narrow: boolean; x: (v: number) => number },
): Markish[] {
  const widest = Math.max(...steps.map(s => textWidth(s.number, size)), 10) * 1.15
  const indent = widest + (narrow ? 8 : 12)
  const room = (s: Step) => Math.min(x(Math.min(s.from, s.to)) - indent - 10, 420)
  const text = { textAnchor: 'start', frameAnchor: 'left', y: (_: Step, i: number) => i } as const
  return [
    Plot.text(steps, { ...text, dx: -left, text: 'number', className: 'soft' }),
    Plot.text(steps, {
      ...text,
      dx: -left + indent,
      text: s => fitted(short(s.name, 80), room(s)),
      stroke: 'var(--paper)',
      strokeWidth: 4,
    }),
    head('#', { dx: -left }),
    head('kept change', { dx: -left + indent }),
  ]
}

export function numbers(
  { metric, steps, singleRuns }: Waterfall,
  { right, narrow, showsPReal }: { right: number; narrow: boolean; showsPReal: boolean },
): Markish[] {
  const end = { frameAnchor: 'right', textAnchor: 'end', y: (_: Step, i: number) => i } as const
  const edge = showsPReal ? right - 74 : right
  return [
    Plot.text(steps, { ...end, dx: edge, text: s => delta(s.gain, metric, singleRuns.baseline) }),
    showsPReal
      ? Plot.text(steps, {
          ...end,
          dx: right,
          text: s => (s.pReal === null ? '' : pRealText(s.pReal)),
          className: 'soft',
        })
      : null,
    head(fitted(`Δ ${metric.name}`, narrow ? 68 : 90), { dx: edge, end: true }),
    showsPReal ? head('P(real)', { dx: right, end: true }) : null,
  ]
}

export function totalMarks(
  { singleRuns, metric }: Waterfall,
  totals: Total[],
  { left, right, narrow, x }: { left: number; right: number; narrow: boolean; x: (v: number) => number },
): Markish[] {
  const inside = (t: Total) => !t.interval && x(t.gain) - x(0) > 130
  const within = { y: 'y', className: 'on-keep', filter: inside } as const
  return [
    Plot.text(totals, {
      frameAnchor: 'left',
      textAnchor: 'start',
      dx: -left,
      y: 'y',
      text: t => fitted(t.name, left - 8, size, true),
      className: 'delta-ink',
    }),
    Plot.text(totals, {
      frameAnchor: 'right',
      textAnchor: 'end',
      dx: right,
      y: 'y',
      text: t => (narrow && t.interval ? briefDelta(t.gain, metric, singleRuns.baseline) : t.text),
      className: 'delta-ink',
    }),
    Plot.text(totals, {
      ...within,
      x: 0,
      dx: 5,
      textAnchor: 'start',
      text: () => briefMetric(singleRuns.baseline, [singleRuns.best]),
    }),
    Plot.text(totals, {
      ...within,
      x: 'gain',
      dx: -5,
      textAnchor: 'end',
      text: () => briefMetric(singleRuns.best, [singleRuns.baseline]),
    }),
  ]
}

const head = (text: string, { dx, end = false }: { dx: number; end?: boolean }): Markish =>
  Plot.text([text], {
    frameAnchor: end ? 'top-right' : 'top-left',
    dx,
    dy: -20,
    text: (d: string) => d,
    className: 'axis',
    textAnchor: end ? 'end' : 'start',
  })

/** Only the bars that the drawing has. */
export function legendOf({ steps }: Waterfall, totals: Total[]): LegendEntry[] {
  const box = (fill: string, stroke: number) => (make: Make) =>
    make('rect', { x: -10, y: -6, width: 20, height: 12, fill, stroke: 'var(--fill)', 'stroke-width': stroke })
  const interval = (make: Make) => [
    make('rect', { x: -10, y: -6, width: 15, height: 12, fill: 'none', stroke: 'var(--fill)', 'stroke-width': 1.25 }),
    make('path', { d: 'M0 0H10M0 -4V4M10 -4V4', fill: 'none', stroke: 'var(--ink)', 'stroke-width': 1.5 }),
  ]
  return [
    ...(steps.some(s => s.sure !== false)
      ? [{ text: steps.some(s => s.sure) ? 'likely or confirmed' : 'kept', sample: box('var(--fill)', 0) }]
      : []),
    ...(steps.some(s => s.sure === false) ? [{ text: 'kept, not proven', sample: box('var(--pale)', 0.75) }] : []),
    ...(totals.some(t => t.interval) ? [{ text: 'run again, 95% interval', sample: interval }] : []),
  ]
}
