/** Reads what the evaluator of a run said: it ran outside of the run, and alone says what was measured. Pure. */

import type { Exit } from '../../../engines/local/exit.ts'
import { sanitizeText } from '../../../lib/text.ts'
import type { Evaluation } from './evaluationFile.ts'
import { type Block, endOf, lastBlock, lastErrorLine, type Readable, readValue } from './summary.ts'

/** Errors of a run whose evaluator has closed the socket; the evaluator then knows why. */
const lostConnection = /BrokenPipe|Connection(Reset|Aborted|Refused)|EOFError|EPIPE|ECONNRESET/

/** How the evaluator failed: "exit code 1: ValueError: …"; null where it did not. @param redact removes keys */
function failure({ evaluated }: Pick<Exit, 'evaluated'>, redact: (text: string) => string): string | null {
  if (evaluated == null || (evaluated.code === 0 && evaluated.ended === null)) return null
  if (evaluated.ended === 'timeout') return null
  return `${evaluated.signal ?? `exit code ${evaluated.code}`}: ${lastErrorLine(endOf(evaluated.said, redact))}`
}

/** What the evaluator adds to the reason of a run that failed by itself; empty where that is nothing. */
export function besideCrash(exit: Pick<Exit, 'evaluated'>, line: string, redact: (text: string) => string): string {
  const failed = lostConnection.test(line) ? failure(exit, redact) : null
  return failed === null ? '' : `; its evaluator: ${failed}`
}

/**
 * Why a run that ended well, or that was ended because its evaluator had failed, was not evaluated; null where it was.
 * @param unreadable why the content of NIGHTSHIFT_EVAL cannot be used; null where it can
 */
export function outsideProblem(
  exit: Pick<Exit, 'evaluated'>,
  unreadable: string | null,
  redact: (text: string) => string,
): string | null {
  const { evaluated } = exit
  if (evaluated == null) return 'it was not evaluated: its runner started no evaluator'
  if (evaluated.refused !== null) return `not evaluated: ${sanitizeText(evaluated.refused, 240)}`
  if (evaluated.ended === 'timeout') return 'its evaluator did not end in time, and was killed'
  const failed = failure(exit, redact)
  if (failed !== null) return `its evaluator failed: ${failed}`
  if (evaluated.unreadable !== null) return `its evaluator's file NIGHTSHIFT_EVAL is ${evaluated.unreadable}`
  return unreadable === null ? null : `its evaluator's file NIGHTSHIFT_EVAL ${unreadable}`
}

/** The block that the evaluator printed. */
export const blockOutside = ({ evaluated }: Pick<Exit, 'evaluated'>, metric: string): Block =>
  lastBlock(evaluated?.said ?? '', metric)

/** A value of the evaluator: of its file, else of its block; or why it gave none. */
export function valueOutside(
  name: string,
  evaluation: Evaluation | null,
  block: Block,
): { kind: 'value'; printed: Readable } | { kind: 'invalid'; why: string } {
  const written = evaluation?.[name]
  if (written === undefined && !block.has(name))
    return { kind: 'invalid', why: `its evaluator gave no ${name}, neither in NIGHTSHIFT_EVAL nor in a block` }
  const read = block.has(name) ? readValue(block, name) : null
  const unit = read?.kind === 'value' ? read.printed.unit : null
  if (written === undefined)
    return read?.kind === 'value' ? read : { kind: 'invalid', why: `its evaluator: ${read?.why}` }
  if (typeof written !== 'number')
    return {
      kind: 'invalid',
      why: `its evaluator wrote ${sanitizeText(JSON.stringify(written), 40)} as ${name}, which is no number`,
    }
  return { kind: 'value', printed: { text: String(written), number: written, unit } }
}
