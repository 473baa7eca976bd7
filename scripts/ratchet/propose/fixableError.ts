/** Crashes that the agent can fix: a typo, an import, a device, a shape. Pure. */
import { sanitizeText } from '../../lib/text.ts'
import { logLines } from '../train/measure/summary.ts'

const MAX_TRACEBACK_LINES = 50

/** The idea itself is at fault: too large, or it does not train. */
const outOfMemory = /out of memory|OutOfMemory|MemoryError|ALLOC_FAILED|No space left on device/i
const diverged = /\bnan\b|\binf\b|not finite|non-?finite|diverge/i

/** "ValueError: …", "torch.SomeError: …", "error[E0425]: …", "main.c:3:1: error: …" */
const errorLine = /^(?:[\w.]*(?:Error|Exception)\b|.*\berror(?:\[\w+\])?:)/

/**
 * Whether a run failed by a fixable error: the program exited with a named error other than out of memory or
 * divergence.
 * @param why reason of the run, e.g. "exit code 1: NameError: name 'x' is not defined"
 */
export function isFixableError(why: string, log: string): boolean {
  const code = /^exit code (\d+): /.exec(why)?.[1]
  // A shell reports a signal as 128 + n: usually killed for its memory.
  if (code === undefined || Number(code) > 128) return false
  const lines = lastLines(log)
  const last = lines.findLast(line => errorLine.test(line))
  return last !== undefined && !diverged.test(last) && !lines.some(line => outOfMemory.test(line))
}

/** The last 50 lines of a log, sanitized, with slot paths made relative. */
export const traceback = (log: string): string => lastLines(log).join('\n')

const lastLines = (log: string): string[] =>
  logLines(log.slice(-20_000).trimEnd()).slice(-MAX_TRACEBACK_LINES).map(cleanLine)

/** Path of the slot's worktree, which the agent does not see. */
const slotPath = /(")[^"]*\/slot-\d+\/|[^\s"'(]*\/slot-\d+\//g

// Keeps the indentation, which `sanitizeText` collapses.
const cleanLine = (line: string): string =>
  `${/^ {0,40}/.exec(line)?.[0] ?? ''}${sanitizeText(line.replace(slotPath, '$1'), 400)}`
