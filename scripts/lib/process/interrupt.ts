/** Stopping in two steps, by Ctrl-C, SIGTERM or a request: once to finish what runs, twice to end it, too. */
import { command } from '../command.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { outliveTerminal } from './hangup.ts'

export interface Interrupt {
  /** Aborted by the first stop: current runs finish. */
  finish: AbortSignal
  /** Aborted by the second stop: current runs are ended. */
  now: AbortSignal
  /** Does what the first Ctrl-C does, asked for in another way; nothing when it was stopped already. */
  stop: () => void
  /** Does what the second Ctrl-C does, asked for in another way. */
  stopNow: () => void
}

/** Does work that changes nothing before its end; its signal is aborted by Ctrl-C or SIGTERM. */
export async function whileInterruptible<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
  try {
    return await work(stop.signal)
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
  }
}

/** What the first and the second stop say that they do. */
interface StopTexts {
  first: string
  second: string
}

/** Two signals within this time are one Ctrl-C: pnpm hands on what the terminal has sent already; milliseconds. */
const together = 400

/**
 * Listens to SIGINT and SIGTERM, and outlives the terminal.
 * @param after what is done when the run under way has finished
 */
export function onInterrupt(
  terminal: Terminal,
  after = 'confirm and report',
): Interrupt & {
  /** Changes what stops say from now on, when no run is under way any more. */
  say(texts: StopTexts): void
} {
  outliveTerminal()
  let texts: StopTexts = {
    first: `finishing the run under way, then ${after}`,
    second: 'ending the run under way; what is finished is kept',
  }
  const [finish, now] = [new AbortController(), new AbortController()]
  let first = Number.NEGATIVE_INFINITY
  const stopNow = () => {
    if (!now.signal.aborted) terminal.step('stop', texts.second)
    finish.abort()
    now.abort()
  }
  const stopOnce = (again: string) => {
    if (finish.signal.aborted) return
    terminal.step('stop', `${texts.first}; ${again} again ends at once`)
    finish.abort()
  }
  const onSignal = (signal: NodeJS.Signals) => {
    // Of a job of Slurm that is preempted or has reached its time: seconds are left, and no second signal but SIGKILL comes.
    if (signal === 'SIGTERM' && process.env.SLURM_JOB_ID !== undefined) return stopNow()
    if (finish.signal.aborted) {
      if (performance.now() - first > together) stopNow()
      return
    }
    first = performance.now()
    stopOnce('Ctrl-C')
  }
  // A scheduler sends SIGTERM at the beginning of its grace period.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
  const stop = () => stopOnce(`\`${command('session stop')}\``)
  const say = (changed: StopTexts) => {
    texts = changed
  }
  return { finish: finish.signal, now: now.signal, stop, stopNow, say }
}
