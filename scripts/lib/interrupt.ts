/** Ctrl-C as an AbortSignal: the run under way is ended, what is finished is kept. */
import type { Terminal } from './terminal.ts'

/** A signal that SIGINT, SIGTERM or SIGHUP aborts. Further ones change nothing: ending cleanly takes a few seconds. */
export function onInterrupt(terminal: Terminal): AbortSignal {
  const controller = new AbortController()
  const stop = () => {
    if (!controller.signal.aborted) terminal.step('stop', 'ending the run under way; what is finished is kept')
    controller.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  return controller.signal
}
