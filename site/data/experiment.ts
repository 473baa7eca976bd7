/** What a run left in its folder: the end of its log, its loss curve, and the experiment's patch. All may be missing. */
import { open, readFile } from 'node:fs/promises'
import { ownRuns } from '../../scripts/record/curve.ts'
import { files } from '../../scripts/record/files.ts'
import type { Experiment } from '../../scripts/record/schema.ts'
import { plain } from './plain.ts'

/** Bytes of a log that are looked at, and lines of it that are shown. */
const tailBytes = 64 * 1024
const tailLines = 40

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

/** The experiment's change.patch; null for the baseline and what never became a commit. */
export const readPatch = (folder: string, experiment: Experiment): Promise<string | null> =>
  readFile(files.patch(folder, experiment.number), 'utf8').catch(() => null)
