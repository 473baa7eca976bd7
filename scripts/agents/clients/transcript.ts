/** Transcript of a client's output as JSON Lines, capped in size. */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
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
  const file = openToAppend(path)
  let { size } = fstatSync(file)
  let omitted = 0
  let last: string | null = null
  // Lines of a long outage are dropped, to leave room for the proposal.
  if (size > MAX_BYTES / 2) {
    const note = jsonLine({ type: 'left-out', bytes: size })
    ftruncateSync(file)
    writeSync(file, note)
    size = note.length
  }
  const write = (line: string) => {
    writeSync(file, line)
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
      if (last !== null) {
        if (omitted > 1) write(jsonLine({ type: 'left-out', lines: omitted - 1 }))
        write(last)
      }
      closeSync(file)
    },
  }
}

/**
 * The file stays open during the turn, for the agent may put a pipe in its place, and to open that waits for a reader.
 * What an earlier turn put there is replaced.
 */
function openToAppend(path: string): number {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT
  const safely = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  try {
    const file = openSync(path, flags | safely)
    if (fstatSync(file).isFile()) return file
    closeSync(file)
  } catch {
    // A link, a folder, a pipe without a reader, or a file without rights.
  }
  rmSync(path, { recursive: true, force: true })
  return openSync(path, flags | safely)
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
