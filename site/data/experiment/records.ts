/**
 * What a run left in its folder: the end of its log, its loss curve, and the experiment's patch. All may be missing. Read
 * at once, not by promises: tens of thousands of small files, between which nothing else could be done.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { Failure, warn } from '../../../scripts/lib/errors.ts'
import { isMissing } from '../../../scripts/lib/read.ts'
import { sanitizeLines } from '../../../scripts/lib/text.ts'
import { ownRuns, readCurve } from '../../../scripts/record/curve.ts'
import { files } from '../../../scripts/record/files.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'

/** Bytes of a log that are looked at, and lines of it that are shown. */
const tailBytes = 64 * 1024
const tailLines = 40

/** The last lines of the log of the run that decided. `whole` is true when nothing is left out. */
export function readLogEnd(folder: string, experiment: Experiment): { text: string; whole: boolean } | null {
  const run = ownRuns(experiment).at(-1)
  if (!run) return null
  const tail = readTail(files.log(folder, experiment.number, run.k))
  if (tail === null) return null
  const lines = sanitizeLines(tail.text).trimEnd().split('\n')
  return { text: lines.slice(-tailLines).join('\n'), whole: tail.whole && lines.length <= tailLines }
}

function readTail(path: string): { text: string; whole: boolean } | null {
  const file = orNull(path, path => openSync(path, 'r'))
  if (file === null) return null
  try {
    const { size } = fstatSync(file)
    const length = Math.min(size, tailBytes)
    const buffer = Buffer.alloc(length)
    const read = readSync(file, buffer, 0, length, size - length)
    return { text: buffer.toString('utf8', 0, read), whole: length === size }
  } finally {
    closeSync(file)
  }
}

/** The experiment's change.patch; null for the baseline and what never became a commit. */
export const readPatch = (folder: string, experiment: Experiment): string | null =>
  orNull(files.patch(folder, experiment.number), path => readFileSync(path, 'utf8'))

/** The loss curve as a table, with the head that the record does not have; null without one. */
export function curveText(folder: string, experiment: Experiment): string | null {
  const found = readCurve(folder, experiment)
  if (found === null) return null
  return ['step,seconds,loss', ...found.points.map(p => `${p.step},${p.seconds},${p.loss}`), ''].join('\n')
}

/** null when it is missing; and with a warning when it cannot be read, so that the other pages are there. */
function orNull<T>(path: string, read: (path: string) => T): T | null {
  try {
    return read(path)
  } catch (error) {
    if (!isMissing(error)) warn(new Failure(`${path} cannot be read: ${error}.`, 'Its page is made without it.'))
    return null
  }
}
