/** Reads the loss curve of a run. */
import { readOrWarnSync } from '../../lib/files/read.ts'
import { maxBytes } from '../limits.ts'
import type { CurvePoint, Experiment, Run } from '../schema.ts'
import { files } from './paths.ts'

/** The runs that a verdict may use: not the drift checks and confirm runs, which come later. */
export const ownRuns = (experiment: Experiment): Run[] =>
  experiment.runs.filter(run => ['baseline', 'candidate', 'repeat'].includes(run.purpose))

/** Wall time of these runs, summed; null where none is recorded. */
export function ownSeconds(experiment: Experiment): number | null {
  const runs = ownRuns(experiment)
  return runs.length === 0 ? null : runs.reduce((sum, run) => sum + run.seconds, 0)
}

/** The curve of the experiment's first run with at least two points; null without such a run. */
export function readCurve(folder: string, experiment: Experiment): { k: number; points: CurvePoint[] } | null {
  for (const { k } of ownRuns(experiment)) {
    const points = parseCurve(read(folder, experiment, k))
    if (points.length > 1) return { k, points }
  }
  return null
}

/** Whether `readCurve` finds a curve; reads no more of it than that needs. */
export const hasCurve = (folder: string, experiment: Experiment): boolean =>
  ownRuns(experiment).some(({ k }) => parseCurve(read(folder, experiment, k), 2).length > 1)

// The training program may leave this file out.
const read = (folder: string, { number }: Experiment, k: number): string =>
  readOrWarnSync(files.curve(folder, number, k), 'Its curve is left out.', { limit: maxBytes.curve, root: folder }) ??
  ''

/**
 * Parses lines `step,seconds,loss`. A line without three finite numbers is left out: a killed run leaves half a line.
 * @param most points to read; by default all
 */
export function parseCurve(text: string, most = Infinity): CurvePoint[] {
  const points: CurvePoint[] = []
  for (const line of text.split('\n')) {
    if (points.length === most) break
    const [first, second] = [line.indexOf(','), line.lastIndexOf(',')]
    if (first === second || line.indexOf(',', first + 1) !== second) continue
    const step = numberIn(line.slice(0, first))
    const seconds = numberIn(line.slice(first + 1, second))
    const loss = numberIn(line.slice(second + 1))
    if (Number.isFinite(step) && Number.isFinite(seconds) && Number.isFinite(loss)) points.push({ step, seconds, loss })
  }
  return points
}

/** NaN for an empty field, which Number would read as 0. */
const numberIn = (field: string): number => (field.trim() === '' ? Number.NaN : Number(field))
