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

/**
 * Text from a program, an agent or a foreign file made harmless for a terminal and a record: escape sequences and
 * control characters removed, white space folded, cut to a length.
 */
export function clean(text: string, length = 200): string {
  const plain = text
    // CSI and OSC sequences, then whatever single control characters are left, bidirectional overrides included.
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b./g, '')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const letters = [...plain]
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : plain
}
