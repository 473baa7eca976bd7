/** The loss curve that a run left beside its log. */
import { readFileSync } from 'node:fs'
import { files } from './files.ts'
import type { CurvePoint, Experiment, Run } from './schema.ts'

/** Runs the verdict may rest on; drift checks and confirm runs of the same tree come later. */
export const ownRuns = (experiment: Experiment): Run[] =>
  experiment.runs.filter(run => ['baseline', 'candidate', 'repeat'].includes(run.purpose))

/** The loss curve of the experiment's first run that has one: k and points in order; null without two points. */
export function readCurve(folder: string, experiment: Experiment): { k: number; points: CurvePoint[] } | null {
  for (const { k } of ownRuns(experiment)) {
    const points = parseCurve(read(files.curve(folder, experiment.number, k)))
    if (points.length > 1) return { k, points }
  }
  return null
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // The run's own program writes here, or does not: what does not read is no curve.
  }
}

/** Lines `step,seconds,loss`; what is not three finite numbers is left out (the run was killed in the middle of a line). */
export function parseCurve(text: string): CurvePoint[] {
  const points: CurvePoint[] = []
  for (const line of text.split('\n')) {
    const fields = line.split(',')
    if (fields.length !== 3 || fields.some(field => field.trim() === '')) continue
    const [step, seconds, loss] = fields.map(Number) as [number, number, number]
    if (Number.isFinite(step) && Number.isFinite(seconds) && Number.isFinite(loss)) points.push({ step, seconds, loss })
  }
  return points
}
