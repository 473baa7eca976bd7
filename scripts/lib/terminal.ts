/** Terminal output, one line per step: dimmed verb, object, result, time. Plain text without a TTY. */
import { styleText } from 'node:util'
import { duration } from './format.ts'

const faint = (text: string) => styleText('dim', text, { stream: process.stderr })
const strong = (text: string) => styleText('bold', text, { stream: process.stderr })

export interface Terminal {
  /** One finished step. */
  step(verb: string, text: string, seconds?: number): void
  /** Current activity, overwritten by the next line; printed only on a TTY. */
  live(text: string): void
  /** A sentence in bold after an empty line. */
  headline(text: string): void
}

/** Writes to standard error by default: standard output is for `--json` and results. */
export function openTerminal(stream: NodeJS.WriteStream = process.stderr): Terminal {
  let pending = false
  const print = (line: string) => {
    stream.write(pending ? `\r\u001b[K${line}\n` : `${line}\n`)
    pending = false
  }
  return {
    step: (verb, text, seconds) =>
      print(`${faint(verb.padEnd(9))} ${text}${seconds === undefined ? '' : `  ${faint(duration(seconds))}`}`),
    live: text => {
      if (!stream.isTTY) return
      stream.write(`\r\u001b[K${text.slice(0, (stream.columns || 80) - 1)}`)
      pending = true
    },
    headline: text => print(`\n${strong(text)}`),
  }
}

export const silent: Terminal = { step: () => {}, live: () => {}, headline: () => {} }
