/** Positions of a frontier's marks. */
import type { PlacedEntry } from '../legend.ts'
import type { ticks } from '../scale.ts'
import type { FrontierData, Point, Valued } from './point.ts'

/** First and last position of a range. */
export type ZoomRange = [from: number, to: number]

/** Positions of all marks. */
export interface Layout {
  data: FrontierData
  width: number
  height: number
  narrow: boolean
  margin: { left: number; right: number; top: number; bottom: number }
  legend: PlacedEntry[]
  /** `kept` includes the baseline; `others` are measured and within the scale; `off` are on the edge. */
  kept: Valued[]
  others: Valued[]
  off: Point[]
  best: Valued | null
  /** Corners of the best-so-far line; the last one is at the end of the range. */
  stairs: { place: number; best: number }[]
  yTicks: ReturnType<typeof ticks>
  xTicks: number[]
  /** Pixel row of off-scale marks: top when lower is better, bottom when higher is. */
  edge: number
  x: (place: number) => number
  y: (value: number) => number
}

/** Which experiments of a range are where: kept, on the scale, or on the edge. */
export interface Parts extends Pick<Layout, 'kept' | 'others' | 'off'> {
  /** The points of the line. */
  levels: Valued[]
  /** Range of the y axis. */
  domain: [number, number]
}
