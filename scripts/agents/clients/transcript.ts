/** What a client said in its turn, a JSON object a line, for a person who wants to know why it proposed what it did. */

import { appendFileSync, statSync, writeFileSync } from 'node:fs'
import { jsonLine } from '../../lib/text.ts'

/** Bytes of one file; a proposal that is sent back goes on in the same one. */
const MAX_BYTES = 2 ** 20
/** A longer line, e.g. of a file that was read, is cut to this. */
const MAX_LINE_LENGTH = 2 ** 15
/** Kept free for the last line, which says how it ended. */
const RESERVED_BYTES = 2 * MAX_LINE_LENGTH

export interface Transcript {
  /** A line as the client said it, keys already taken out. */
  add(line: string): void
  /** Appends the last line where it was left out, and how many were. */
  close(): void
}

/** @param path null: nothing is kept */
export function openTranscript(path: string | null): Transcript {
  if (path === null) return { add: () => {}, close: () => {} }
  let size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  let omitted = 0
  let last: string | null = null
  // What was said in a long outage leaves room for the proposal after it.
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

/** What is not one JSON value, or is too long, is wrapped, so that every line of the file can be read. */
function asLine(text: string): string {
  if (text.length <= MAX_LINE_LENGTH && isJson(text)) return `${text}\n`
  const shown = text.slice(0, MAX_LINE_LENGTH)
  return jsonLine({ type: 'text', text: shown, ...(shown.length < text.length ? { length: text.length } : {}) })
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false // A client may print what it likes.
  }
}
