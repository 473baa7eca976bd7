/** Repeats a status: redrawn in place on a TTY, printed one after the other otherwise. */
import { setTimeout as wait } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { firstColumns, widthOf } from '../lib/terminal/width.ts'
import type { Status } from './status.ts'

/**
 * Repeats until no process runs the session or writes its report, or Ctrl-C.
 * @param screen whether to redraw in place when `stream` is a TTY
 * @param pause milliseconds between two reads
 */
export async function watch(
  read: () => Promise<Status>,
  show: (status: Status) => string,
  stream: NodeJS.WriteStream,
  screen: boolean,
  pause = 2000,
): Promise<void> {
  const ended = new AbortController()
  const end = () => ended.abort()
  process.once('SIGINT', end)
  const draw = screen && stream.isTTY ? redraw(stream) : (text: string) => void stream.write(`${text}\n`)
  while (!ended.signal.aborted) {
    const status = await read()
    draw(show(status))
    if (!status.alive && status.report !== 'being written') break
    await wait(pause, null, { signal: ended.signal }).catch(() => null)
  }
  process.removeListener('SIGINT', end)
}

/** Redraws from the top left corner and clears the rest of each line, which avoids flicker. */
function redraw(stream: NodeJS.WriteStream): (text: string) => void {
  stream.write('\u001b[2J')
  return text => {
    const rows = (stream.rows || 24) - 1
    const lines = text.split('\n').slice(0, rows)
    const width = stream.columns || 80
    stream.write(`\u001b[H${lines.map(line => `${cut(line, width)}\u001b[K\n`).join('')}\u001b[J`)
  }
}

/** A longer line loses its colours, and its end. */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line)
  return widthOf(plain) > width ? firstColumns(plain, width) : line
}
