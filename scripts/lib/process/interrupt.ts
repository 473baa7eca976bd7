/** Ctrl-C as two AbortSignals: once to finish what runs, twice to end it, too. */
import type { Terminal } from '../terminal.ts'

/** Two signals within this time are one Ctrl-C: pnpm hands on what the terminal has sent already; milliseconds. */
const together = 400

/**
 * SIGINT, SIGTERM and SIGHUP; the latter two mean that there is no time left.
 * @param after what is done when the run under way has finished
 */
export function onInterrupt(
  terminal: Terminal,
  after = 'confirm and report',
): { finish: AbortSignal; now: AbortSignal } {
  const [finish, now] = [new AbortController(), new AbortController()]
  let first = Number.NEGATIVE_INFINITY
  const end = () => {
    if (!now.signal.aborted) terminal.step('stop', 'ending the run under way; what is finished is kept')
    finish.abort()
    now.abort()
  }
  process.on('SIGINT', () => {
    if (finish.signal.aborted) {
      if (performance.now() - first > together) end()
      return
    }
    first = performance.now()
    terminal.step('stop', `finishing the run under way, then ${after}; Ctrl-C again ends at once`)
    finish.abort()
  })
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)
  return { finish: finish.signal, now: now.signal }
}
