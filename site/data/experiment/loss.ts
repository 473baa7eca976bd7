/** Sentences about loss curves. */
import type { CurvePoint } from '../../../scripts/record/schema.ts'
import type { Series } from '../../figures/loss/curve.ts'
import { EMA_SHARE, levelAtEnd, smooth } from '../../figures/loss/smooth.ts'

/** How to read the curves; the same for a finished and for a running experiment. */
export const lossReading = `Training loss by step, smoothed (EMA over ${100 * EMA_SHARE}% of the steps); pale: as the run printed it.`

export function lossCaption(series: Series[]): { finding: string; reading: string } {
  const mine = series.find(s => s.main)
  const other = series.find(s => !s.main)
  if (!mine || !other) return { finding: `Its smoothed loss ends at ${ending(mine)}.`, reading: lossReading }
  const { at, side, steps } = lossGap(mine, other)
  return {
    finding: `After ${at} its smoothed loss is ${side} that of the best so far${steps}.`,
    reading: `${lossReading} The verdict rests on the metric, not on this.`,
  }
}

/**
 * Compares the smoothed losses of two curves at the last second that both have.
 * @returns `at`: "123 s"; `side`: "0.012 below", or that they do not differ by more than two standard errors; `steps`:
 * ", with 1200 steps against 600" where the one was much faster, else ""
 */
export function lossGap(mine: Series, other: Series): { at: string; side: string; steps: string } {
  const end = Math.min(mine.points.at(-1)?.seconds ?? 0, other.points.at(-1)?.seconds ?? 0)
  const [a, b] = [until(mine.points, end), until(other.points, end)]
  return { at: `${Math.round(end)} s`, side: sideText(levelAtEnd(a), levelAtEnd(b)), steps: stepsText(a, b) }
}

type Level = ReturnType<typeof levelAtEnd>

function sideText(a: Level, b: Level): string {
  if (a === null || b === null || Math.abs(a.loss - b.loss) <= 2 * Math.hypot(a.error, b.error))
    return 'not clearly different from'
  return a.loss < b.loss ? `${(b.loss - a.loss).toPrecision(2)} below` : `${(a.loss - b.loss).toPrecision(2)} above`
}

function stepsText(a: CurvePoint[], b: CurvePoint[]): string {
  const [mine, theirs] = [a.at(-1)?.step ?? 0, b.at(-1)?.step ?? 0]
  return Math.abs(mine - theirs) < 0.1 * Math.max(mine, theirs) ? '' : `, with ${mine} steps against ${theirs}`
}

const until = (points: CurvePoint[], second: number): CurvePoint[] => points.filter(p => p.seconds <= second)

const ending = (s: Series | undefined): string =>
  smooth(s?.points ?? [])
    .at(-1)
    ?.loss.toPrecision(4) ?? 'nothing'
