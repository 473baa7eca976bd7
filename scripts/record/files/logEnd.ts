/** The end of a run's log, for pages and posts. */
import { readFoundSync } from '../../lib/files/regularFile.ts'
import { publicText } from '../../lib/secrets/publish.ts'
import { sanitizeLines } from '../../lib/text.ts'
import type { Experiment } from '../schema.ts'
import { ownRuns } from './curve.ts'
import { files } from './paths.ts'

/** Bytes read from the end of a log, and lines shown. */
const TAIL_BYTES = 64 * 1024
const TAIL_LINES = 40

export interface LogEnd {
  text: string
  /** True when nothing is left out. */
  whole: boolean
}

/**
 * The last lines of the log of the deciding run; null without a log.
 * @param clean takes keys and names out
 */
export function readLogEnd(folder: string, experiment: Experiment, clean = publicText): LogEnd | null {
  const run = ownRuns(experiment).at(-1)
  if (!run) return null
  const tail = readTail(folder, files.log(folder, experiment.number, run.k))
  if (tail === null) return null
  const lines = sanitizeLines(tail.text).trimEnd().split('\n')
  // Some lines before those that are shown: a key may have several.
  const shown = clean(lines.slice(-3 * TAIL_LINES).join('\n')).split('\n')
  return { text: shown.slice(-TAIL_LINES).join('\n'), whole: tail.whole && lines.length <= TAIL_LINES }
}

function readTail(root: string, path: string): { text: string; whole: boolean } | null {
  const found = readFoundSync(path, { tail: TAIL_BYTES, root })
  return found.kind === 'file' ? { text: found.bytes.toString('utf8'), whole: found.bytes.length === found.size } : null
}
