/** What a run left in its folder: the end of its log, its loss curve, and the experiment's patch. All may be missing. */
import { open, readFile } from 'node:fs/promises'
import { files } from '../../scripts/record/files.ts'
import type { CurvePoint, Experiment, Run } from '../../scripts/record/schema.ts'
import { plain } from './plain.ts'

/** Bytes of a log that are looked at, and lines of it that are shown. */
const tailBytes = 64 * 1024
const tailLines = 40

/** Runs the verdict may rest on; drift checks and confirm runs of the same tree come later. */
export const ownRuns = (experiment: Experiment): Run[] =>
  experiment.runs.filter(run => ['baseline', 'candidate', 'repeat'].includes(run.purpose))

/** The last lines of the log of the run that decided. `whole` is true when nothing is left out. */
export async function readLogEnd(
  folder: string,
  experiment: Experiment,
): Promise<{ text: string; whole: boolean } | null> {
  const run = ownRuns(experiment).at(-1)
  if (!run) return null
  const tail = await readTail(files.log(folder, experiment.number, run.k))
  if (tail === null) return null
  const lines = plain(tail.text).trimEnd().split('\n')
  return { text: lines.slice(-tailLines).join('\n'), whole: tail.whole && lines.length <= tailLines }
}

async function readTail(path: string): Promise<{ text: string; whole: boolean } | null> {
  const file = await open(path).catch(() => null)
  if (!file) return null
  try {
    const { size } = await file.stat()
    const length = Math.min(size, tailBytes)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return { text: buffer.toString('utf8'), whole: length === size }
  } finally {
    await file.close()
  }
}

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

/** The experiment's change.patch; null for the baseline and what never became a commit. */
export const readPatch = (folder: string, experiment: Experiment): Promise<string | null> =>
  readFile(files.patch(folder, experiment.number), 'utf8').catch(() => null)
