/**
 * Files of a run: the end of its log, its loss curve and the experiment's patch; all may be missing. Reads are
 * synchronous: with tens of thousands of small files promises cost more than they save.
 */
import { readFoundSync } from '../../../scripts/lib/files/regularFile.ts'
import { publicText } from '../../../scripts/lib/secrets/publish.ts'
import { sanitizeLines } from '../../../scripts/lib/text.ts'
import { ownRuns, readCurve } from '../../../scripts/record/files/curve.ts'
import { readPatch as readRecorded } from '../../../scripts/record/files/patches.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'

/** Bytes read from the end of a log, and lines shown. */
const TAIL_BYTES = 64 * 1024
const TAIL_LINES = 40

export interface LogEnd {
  text: string
  /** True when nothing is left out. */
  whole: boolean
}

/** The last lines of the log of the deciding run. */
export function readLogEnd(folder: string, experiment: Experiment): LogEnd | null {
  const run = ownRuns(experiment).at(-1)
  if (!run) return null
  const tail = readTail(folder, files.log(folder, experiment.number, run.k))
  if (tail === null) return null
  const lines = sanitizeLines(tail.text).trimEnd().split('\n')
  // Some lines before those that are shown: a key may have several.
  const shown = publicText(lines.slice(-3 * TAIL_LINES).join('\n')).split('\n')
  return { text: shown.slice(-TAIL_LINES).join('\n'), whole: tail.whole && lines.length <= TAIL_LINES }
}

function readTail(root: string, path: string): { text: string; whole: boolean } | null {
  const found = readFoundSync(path, { tail: TAIL_BYTES, root })
  return found.kind === 'file' ? { text: found.bytes.toString('utf8'), whole: found.bytes.length === found.size } : null
}

/** The text of change.patch; null for the baseline and for proposals that did not become a commit. */
export function readPatch(folder: string, { number }: Experiment): string | null {
  const patch = readRecorded(folder, number)
  return patch === null ? null : publicText(patch)
}

/** The loss curve as CSV with a header, which the record lacks; null without a curve. */
export function curveText(folder: string, experiment: Experiment): string | null {
  const found = readCurve(folder, experiment)
  if (found === null) return null
  return ['step,seconds,loss', ...found.points.map(p => `${p.step},${p.seconds},${p.loss}`), ''].join('\n')
}
