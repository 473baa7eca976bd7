/** The loss curve that a run left beside its log. */
import { readFile } from 'node:fs/promises'
import { files } from './files.ts'
import type { CurvePoint, Experiment, Run } from './schema.ts'

/** Runs the verdict may rest on; drift checks and confirm runs of the same tree come later. */
export const ownRuns = (experiment: Experiment): Run[] =>
  experiment.runs.filter(run => ['baseline', 'candidate', 'repeat'].includes(run.purpose))

/** The loss curve of the experiment's first run that has one: k and points in order; null without two points. */
export async function readCurve(
  folder: string,
  experiment: Experiment,
): Promise<{ k: number; points: CurvePoint[] } | null> {
  for (const { k } of ownRuns(experiment)) {
    const text = await readFile(files.curve(folder, experiment.number, k), 'utf8').catch(() => '')
    const points = parseCurve(text)
    if (points.length > 1) return { k, points }
  }
  return null
}

/** Lines `step,seconds,loss`; what is not three finite numbers is left out (the run was killed in the middle of a line). */
export function parseCurve(text: string): CurvePoint[] {
  return text.split('\n').flatMap(line => {
    const [step, seconds, loss, ...rest] = line
      .split(',')
      .map(field => (field.trim() === '' ? Number.NaN : Number(field)))
    if (step === undefined || seconds === undefined || loss === undefined || rest.length > 0) return []
    return [step, seconds, loss].every(Number.isFinite) ? [{ step, seconds, loss }] : []
  })
}
