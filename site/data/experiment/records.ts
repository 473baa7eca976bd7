/**
 * Files of a run: its loss curve and the experiment's patch; both may be missing. Reads are synchronous: with tens of
 * thousands of small files promises cost more than they save.
 */
import { publicText } from '../../../scripts/lib/secrets/publish.ts'
import { readCurve } from '../../../scripts/record/files/curve.ts'
import { readPatch as readRecorded } from '../../../scripts/record/files/patches.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'

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
