/** The frontier's marks: each kind has a shape and a colour of its own, in the drawing and in its legend. */
import type { Goal } from '../scale.ts'

export type Kind = 'kept' | 'unproven' | 'tried' | 'unknown' | 'failed' | 'untrained' | 'far'

interface Look {
  paint: Record<string, string | number>
  /** Path of one mark. @param x, @param y its centre in pixels @param r half its width in pixels */
  shape: (x: number, y: number, r: number) => string
  /** Half its width in pixels on a wide and on a narrow drawing. */
  r: [wide: number, narrow: number]
}

const outline = { fill: 'none', stroke: 'var(--mark)', 'stroke-width': 1.2 }

/** @param goal a mark beyond the scale points away from the better side */
export const looks = (goal: Goal): Record<Kind, Look> => ({
  kept: { paint: { fill: 'var(--keep)', stroke: 'var(--paper)' }, shape: circle, r: [3.6, 2.6] },
  unproven: {
    paint: { fill: 'var(--pale)', stroke: 'var(--keep)', 'stroke-width': 1.2 },
    shape: circle,
    r: [3.4, 2.5],
  },
  tried: { paint: { ...outline, 'stroke-width': 1 }, shape: circle, r: [2.1, 1.5] },
  unknown: { paint: { ...outline, stroke: 'var(--ink)' }, shape: square, r: [2.7, 2] },
  failed: { paint: { ...outline, stroke: 'var(--crash)', 'stroke-width': 1.6 }, shape: cross, r: [4, 3.5] },
  untrained: { paint: outline, shape: diamond, r: [4.5, 4] },
  far: { paint: outline, shape: goal === 'minimize' ? triangleUp : triangleDown, r: [4, 3.6] },
})

/** Smaller where there are many. @param count marks of the kind in the drawing */
export const crowded = (count: number): number => Math.max(0.5, Math.min(1.3, Math.sqrt(200 / Math.max(1, count))))

function circle(x: number, y: number, r: number): string {
  const half = `${px(r)} ${px(r)} 0 1 0`
  return `M${px(x - r)} ${px(y)}a${half} ${px(2 * r)} 0a${half} ${px(-2 * r)} 0z`
}

const square = (x: number, y: number, r: number): string =>
  `M${px(x - r)} ${px(y - r)}h${px(2 * r)}v${px(2 * r)}h${px(-2 * r)}z`

const cross = (x: number, y: number, r: number): string =>
  `M${px(x - r)} ${px(y - r)}l${px(2 * r)} ${px(2 * r)}m0 ${px(-2 * r)}l${px(-2 * r)} ${px(2 * r)}`

const diamond = (x: number, y: number, r: number): string =>
  `M${px(x)} ${px(y - r)}l${px(0.6 * r)} ${px(r)}l${px(-0.6 * r)} ${px(r)}l${px(-0.6 * r)} ${px(-r)}z`

const triangleUp = (x: number, y: number, r: number): string =>
  `M${px(x)} ${px(y - r)}l${px(0.9 * r)} ${px(1.5 * r)}h${px(-1.8 * r)}z`

const triangleDown = (x: number, y: number, r: number): string =>
  `M${px(x)} ${px(y + r)}l${px(0.9 * r)} ${px(-1.5 * r)}h${px(-1.8 * r)}z`

/** A coordinate in a path: a tenth of a pixel is exact enough. */
export const px = (value: number): string => String(Number(value.toFixed(1)))
