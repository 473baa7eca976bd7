/** The log of a process: its head and its tail, capped. Imports only node's modules: the runner's start-up time counts. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'

/** Size of the kept head and of the kept tail of a log, bytes each. */
const logCap = 2 ** 20

export interface Log {
  write(chunk: Buffer): void
  close(): void
}

/** Writes the head of a log to disk at once; keeps the last part in memory and writes it at the end. */
export function openLog(path: string): Log {
  // The run may have left a link there, or a pipe.
  rmSync(path, { recursive: true, force: true })
  const file = openSync(path, 'wx')
  let [head, omitted] = [0, 0]
  let tail = Buffer.alloc(0)
  const write = (chunk: Buffer): void => {
    const room = Math.max(0, logCap - head)
    const first = chunk.subarray(0, room)
    if (first.length > 0) writeSync(file, first)
    head += first.length
    if (first.length === chunk.length) return
    tail = Buffer.concat([tail, chunk.subarray(first.length)])
    if (tail.length < 2 * logCap) return
    omitted += tail.length - logCap
    tail = Buffer.from(tail.subarray(-logCap))
  }
  const close = (): void => {
    if (tail.length > logCap) {
      omitted += tail.length - logCap
      tail = tail.subarray(-logCap)
    }
    if (omitted > 0) writeSync(file, `\n[${omitted} bytes of the log omitted here]\n`)
    writeSync(file, tail)
    closeSync(file)
  }
  return { write, close }
}
