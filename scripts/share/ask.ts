/** A question to the person at the terminal, where what is sent, or where to, was not given. */
import { createInterface } from 'node:readline/promises'
import { Failure } from '../lib/errors.ts'

/** `choices`: only one of these is an answer. */
export type Ask = (question: string, choices?: string[]) => Promise<string>

/** Asks on standard error, for standard output is for the plan. null where no person can answer. */
export function askOnTerminal(
  input: NodeJS.ReadableStream & { isTTY?: boolean } = process.stdin,
  output: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr,
): Ask | null {
  if (!input.isTTY || !output.isTTY) return null
  return async (question, choices) => {
    const lines = createInterface({ input, output })
    const stop = new AbortController()
    // Ctrl-C and Ctrl-D close it.
    lines.once('close', () => stop.abort())
    try {
      for (;;) {
        const answer = (await lines.question(`${question} `, { signal: stop.signal })).trim()
        const chosen = choices?.find(choice => choice.toLowerCase() === answer.toLowerCase())
        if (choices === undefined || chosen !== undefined) return chosen ?? answer
      }
    } catch (cause) {
      if (!stop.signal.aborted) throw cause
      throw new Failure('Nothing was sent: the question was not answered.', 'Run it again, or give the flags.')
    } finally {
      lines.close()
    }
  }
}
