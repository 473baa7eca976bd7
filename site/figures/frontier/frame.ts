/** Layout of the frontier: positions, margins for the labels, and scales between data and pixels. */
import type { PlotOptions } from '@observablehq/plot'
import { ticks } from '../scale.ts'
import { plot } from '../svg.ts'
import { type Layout, margins, stairs, usualRange } from './layout.ts'
import { type FrontierData, keptPoints, onFrontier, type Valued } from './point.ts'

export interface Frame extends Layout {
  ix: (pixels: number) => number
  iy: (pixels: number) => number
  options: PlotOptions
}

/** Number of measured experiments beyond the scale. */
export const offScale = (data: FrontierData): number => layOut(data, 1000).off.filter(p => p.value !== null).length

/** Lays out a session. @param width in pixels */
export function layOut(data: FrontierData, width: number): Frame {
  const narrow = width < 600
  const height = narrow ? 330 : width < 800 ? 440 : 520
  const kept = keptPoints(data.points)
  const line = onFrontier(data)
  const measured = data.points.filter((p): p is Valued => p.value !== null && !kept.includes(p as Valued))
  const domain = usualRange(data, kept, measured)
  const inside = (p: Valued) => p.value >= domain[0] && p.value <= domain[1]
  const yTicks = kept.length + measured.length === 0 ? { values: [], text: String } : ticks(domain, narrow ? 3 : 4)
  const best = line.at(-1) ?? null
  const last = data.points.at(-1)?.place ?? 0
  const margin = margins(yTicks, best, narrow)
  const up = data.metric.goal === 'maximize'
  const options: PlotOptions = {
    width,
    height,
    marginLeft: margin.left,
    marginRight: margin.right,
    marginTop: margin.top,
    marginBottom: margin.bottom,
    x: { domain: [0, Math.max(1, last)], axis: null },
    y: { domain, axis: null, ...(up ? { insetBottom: 16 } : { insetTop: 12 }) },
  }
  const empty = plot({ ...options, marks: [] })
  return {
    data,
    width,
    height,
    narrow,
    margin,
    kept,
    best,
    yTicks,
    options,
    others: measured.filter(inside),
    off: data.points.filter(p => p.value === null || !inside(p as Valued)),
    stairs: stairs(line, last + (narrow ? 0.01 : 0.015) * Math.max(1, last)),
    xTicks: xTicks(Math.max(1, last), narrow),
    edge: up ? height - margin.bottom - 4 : margin.top,
    ...converters(empty),
  }
}

/** 0, round numbers and the last; round numbers near the last are left out. */
function xTicks(last: number, narrow: boolean): number[] {
  const inner = ticks([0, last], narrow ? 2 : 5).values.filter(
    v => Number.isInteger(v) && v > 0 && last - v > last * 0.08,
  )
  return [0, ...inner, last]
}

function converters(empty: ReturnType<typeof plot>): Pick<Frame, 'x' | 'y' | 'ix' | 'iy'> {
  const way = (name: 'x' | 'y') => {
    const scale = empty.scale(name)
    if (!scale?.invert) throw new Error(`the frontier has no ${name} scale`)
    return { to: scale.apply as (v: number) => number, from: scale.invert as (v: number) => number }
  }
  const x = way('x')
  const y = way('y')
  return { x: x.to, ix: x.from, y: y.to, iy: y.from }
}
