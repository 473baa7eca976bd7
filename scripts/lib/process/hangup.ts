/** Going on when the terminal is closed or ssh drops. */

/** What a write to a terminal or pipe that is gone ends with. */
const gone = new Set(['EIO', 'EPIPE'])

/** Ignores the hang-up, and writes that nobody can read any more; any other failure of a write is thrown. */
export function outliveTerminal(): void {
  process.on('SIGHUP', () => {})
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!gone.has(error.code ?? '')) throw error
    })
}
