/** Sentences about loss curves. */
import type { CurvePoint } from '../../../scripts/record/schema.ts'
import type { Series } from '../../figures/loss/curve.ts'

export function lossCaption(series: Series[]): { finding: string; reading: string } {
  const mine = series.find(s => s.main)
  const other = series.find(s => !s.main)
  if (!mine || !other)
    return {
      finding: `It ends at ${ending(mine)}.`,
      reading: 'Training loss as the run printed it, over seconds of training.',
    }
  const { at, side } = lossGap(mine, other)
  return {
    finding: `After ${at} its loss is ${side} that of the best then.`,
    reading:
      'Training loss as the runs printed it, over seconds of training; the verdict rests on the metric, not on this.',
  }
}

/** Compares two curves at the last second that both have: `at` is "123 s", `side` "0.012 below". */
export function lossGap(mine: Series, other: Series): { at: string; side: string } {
  const end = Math.min(mine.points.at(-1)?.seconds ?? 0, other.points.at(-1)?.seconds ?? 0)
  const [a, b] = [lossAt(mine.points, end), lossAt(other.points, end)]
  const side = a < b ? `${(b - a).toPrecision(2)} below` : a > b ? `${(a - b).toPrecision(2)} above` : 'on'
  return { at: `${Math.round(end)} s`, side }
}

const ending = (s: Series | undefined): string => s?.points.at(-1)?.loss.toPrecision(4) ?? 'nothing'

/** The last loss at or before the given second. */
const lossAt = (points: CurvePoint[], second: number): number =>
  points.findLast(p => p.seconds <= second)?.loss ?? points[0]?.loss ?? Number.NaN
