/** A line a step on the terminal: faint verb, object, result, time; plain text without a TTY. */
import { styleText } from 'node:util'
import { duration } from './format.ts'

const faint = (text: string) => styleText('dim', text, { stream: process.stderr })
const strong = (text: string) => styleText('bold', text, { stream: process.stderr })

export interface Terminal {
  /** One finished step. */
  step(verb: string, text: string, seconds?: number): void
  /** What is happening now, overwritten by the next line; nothing without a TTY. */
  live(text: string): void
  /** A sentence that stands by itself, set off by weight. */
  headline(text: string): void
}

/** Steps go to standard error, so that standard output stays free for `--json` and results. */
export function openTerminal(stream: NodeJS.WriteStream = process.stderr): Terminal {
  let pending = false
  const print = (line: string) => {
    stream.write(pending ? `\r\u001b[K${line}\n` : `${line}\n`)
    pending = false
  }
  return {
    step: (verb, text, seconds) =>
      print(`${faint(verb.padEnd(9))} ${text}${seconds === undefined ? '' : ` ${faint(duration(seconds))}`}`),
    live: text => {
      if (!stream.isTTY) return
      stream.write(`\r\u001b[K${text.slice(0, (stream.columns || 80) - 1)}`)
      pending = true
    },
    headline: text => print(`\n${strong(text)}`),
  }
}

export const silent: Terminal = { step: () => {}, live: () => {}, headline: () => {} }
