/** Crashes by an error that the agent can fix: a typo, an import, a device, a shape. Pure. */
import { sanitizeText } from '../../lib/text.ts'

/** So much of a log goes back to the agent, lines. */
const MAX_TRACEBACK_LINES = 50

/** An idea that is too large, or does not train, is not fixed by correcting a line. */
const outOfMemory = /out of memory|OutOfMemory|MemoryError|ALLOC_FAILED|No space left on device/i
const diverged = /\bnan\b|\binf\b|not finite|non-?finite|diverge/i

/** "ValueError: …", "torch.SomeError: …", "error[E0425]: …", "main.c:3:1: error: …" */
const errorLine = /^(?:[\w.]*(?:Error|Exception)\b|.*\berror(?:\[\w+\])?:)/

/**
 * Whether a failed run looks like a fixable error: the program ended by itself, by an error that it named, and not for want of
 * memory or because the training diverged.
 * @param why of the run, e.g. "exit code 1: NameError: name 'x' is not defined"
 */
export function isFixableError(why: string, log: string): boolean {
  const code = /^exit code (\d+): /.exec(why)?.[1]
  // Above 128, a shell tells of a signal: killed from outside, for its memory as a rule.
  if (code === undefined || Number(code) > 128) return false
  const lines = lastLines(log)
  const last = lines.findLast(line => errorLine.test(line))
  return last !== undefined && !diverged.test(last) && !lines.some(line => outOfMemory.test(line))
}

/** The last lines of a log, each cleaned. */
export const traceback = (log: string): string => lastLines(log).join('\n')

const lastLines = (log: string): string[] =>
  log.slice(-20_000).trimEnd().split('\n').slice(-MAX_TRACEBACK_LINES).map(cleanLine)

/** Where the agent edits, the files lie elsewhere than in the slot that they ran in. */
const slotPath = /(")[^"]*\/slot-\d+\/|[^\s"'(]*\/slot-\d+\//g

// A traceback lives by its indentation, which `sanitizeText` folds.
const cleanLine = (line: string): string =>
  `${/^ {0,40}/.exec(line)?.[0] ?? ''}${sanitizeText(line.replace(slotPath, '$1'), 400)}`
