/** Terminal output, one line per step: dimmed verb, object, result, time. Plain text without a TTY. */
import { styleText } from 'node:util'
import { duration } from '../format.ts'
import { firstColumns, widthOf } from './width.ts'
import { columnsOf, wrapAfter } from './wrap.ts'

type Colour = 'green' | 'red'

/** Colours of verdicts: keep green, a failed run red. Nothing else is coloured. */
const colours: Record<string, Colour | undefined> = { keep: 'green', crash: 'red', timeout: 'red' }

/** Text in the colour of a verdict, as on a stream. */
export function paintVerdict(verdict: string, text: string, stream: NodeJS.WritableStream): string {
  const colour = colours[verdict]
  return colour === undefined ? text : styleText(colour, text, { stream })
}

export interface StepStyle {
  /** The text's first word, where it is a verdict. */
  verdict?: string
  /** Characters of the text, past which its further lines are indented; 0 without. */
  hang?: number
}

export interface Terminal {
  /** One finished step. Wraps between words, indented, at the terminal's width or 80 columns. */
  step(verb: string, text: string, seconds?: number, style?: StepStyle): void
  /** Current activity, overwritten by the next line; printed only on a TTY. */
  live(text: string): void
  /** A sentence in bold after an empty line. */
  headline(text: string): void
}

/** Writes to standard error by default: standard output is for `--json` and results. */
export function openTerminal(stream: NodeJS.WriteStream = process.stderr): Terminal {
  let pending = false
  const print = (text: string) => {
    stream.write(pending ? `\r\u001b[K${text}\n` : `${text}\n`)
    pending = false
  }
  const paint = (format: Parameters<typeof styleText>[0], text: string) => styleText(format, text, { stream })
  const strong = (text: string) => paint('bold', text)
  return {
    step: (verb, text, seconds, style = {}) => {
      const head = `${verb.padEnd(VERB_WIDTH)} `
      const time = seconds === undefined ? '' : duration(seconds)
      const lines = stepLines(head, text, time, columnsOf(stream), style.hang ?? 0)
      const { verdict } = style
      const first = (lines.shift() ?? '').slice(verb.length)
      const painted = [
        paint('dim', verb) + (verdict ? first.replace(verdict, paintVerdict(verdict, verdict, stream)) : first),
        ...lines,
      ]
      const last = painted.pop() ?? ''
      const timed = time === '' ? last : last.slice(0, last.length - time.length) + paint('dim', time)
      print([...painted, timed].join('\n'))
    },
    live: text => {
      if (!stream.isTTY) return
      stream.write(`\r\u001b[K${firstColumns(text, columnsOf(stream) - 1)}`)
      pending = true
    },
    headline: text => print(`\n${strong(wrapAfter('', text, columnsOf(stream)))}`),
  }
}

export const silent: Terminal = { step: () => {}, live: () => {}, headline: () => {} }

/** Columns of the verb. */
const VERB_WIDTH = 9

/** The lines of a step, with the time behind the last, where there is room, else below it. Pure. */
function stepLines(head: string, text: string, time: string, columns: number, hang: number): string[] {
  // A narrow terminal has no room beside the hanging part.
  const first = columns - widthOf(head) - hang < MIN_WIDTH ? '' : [...text].slice(0, hang).join('')
  const rest = text.slice(first.length)
  const lines = wrapAfter(head + first, rest, columns).split('\n')
  if (time === '') return lines
  const last = lines.at(-1) ?? ''
  const indent = ' '.repeat(widthOf(head + first))
  return widthOf(last) + 2 + time.length > columns
    ? [...lines, indent + time]
    : [...lines.slice(0, -1), `${last}  ${time}`]
}

/** Columns that a text needs beside what hangs before it. */
const MIN_WIDTH = 24
