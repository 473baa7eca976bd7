/** Transcript of a client's output as JSON Lines, capped in size. */
import { appendFileSync, statSync, writeFileSync } from 'node:fs'
import { jsonLine } from '../../lib/text.ts'

/** Bytes of a transcript, which may hold several turns of a proposal. */
const MAX_BYTES = 2 ** 20
/** Characters. Longer lines, e.g. with the content of a file, are cut. */
const MAX_LINE_LENGTH = 2 ** 15
/** Reserved for the last line, which has the result of the turn. */
const RESERVED_BYTES = 2 * MAX_LINE_LENGTH

export interface Transcript {
  /** Adds a line of output, with secrets already removed. */
  add(line: string): void
  /** Appends the number of omitted lines and the last of them. */
  close(): void
}

/** @param path null: no transcript is written */
export function openTranscript(path: string | null): Transcript {
  if (path === null) return { add: () => {}, close: () => {} }
  let size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  let omitted = 0
  let last: string | null = null
  // Lines of a long outage are dropped, to leave room for the proposal.
  if (size > MAX_BYTES / 2) {
    const note = jsonLine({ type: 'left-out', bytes: size })
    writeFileSync(path, note)
    size = note.length
  }
  const write = (line: string) => {
    appendFileSync(path, line)
    size += Buffer.byteLength(line)
  }
  return {
    add: text => {
      const line = asLine(text)
      if (omitted > 0 || size + Buffer.byteLength(line) > MAX_BYTES - RESERVED_BYTES) {
        omitted++
        last = line
      } else write(line)
    },
    close: () => {
      if (last === null) return
      if (omitted > 1) write(jsonLine({ type: 'left-out', lines: omitted - 1 }))
      write(last)
    },
  }
}

/** Wraps lines that are too long or not JSON, so that every line of the file is JSON. */
function asLine(text: string): string {
  if (text.length <= MAX_LINE_LENGTH && isJson(text)) return `${text}\n`
  const shown = text.slice(0, MAX_LINE_LENGTH)
  return jsonLine({ type: 'text', text: shown, ...(shown.length < text.length ? { length: text.length } : {}) })
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false // Clients may also print plain text.
  }
}
