/**
 * Stopping in two steps, by Ctrl-C, SIGTERM or a request: once to finish what runs, twice to end it, too. A process that has
 * only seconds left leaves instead: what runs on an engine goes on without it.
 */
import { command } from '../command.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { outliveTerminal } from './hangup.ts'

export interface Interrupt {
  /** Aborted by the first stop: current runs finish. */
  finish: AbortSignal
  /** Aborted by the second stop: current runs are ended. */
  now: AbortSignal
  /** Aborted before the two others when the process is to end within seconds, and what an engine executes may go on. */
  leave: AbortSignal
  /** Does what the first Ctrl-C does, asked for in another way; nothing when it was stopped already. */
  stop: () => void
  /** Does what the second Ctrl-C does, asked for in another way. */
  stopNow: () => void
  /** Does what SIGTERM does in a job of Slurm, asked for in another way. */
  leaveNow: () => void
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

/** What the first and the second stop say that they do, and leaving, where that is something else than the second. */
interface StopTexts {
  first: string
  second: string
  leave?: string
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
    leave: 'ending within seconds: runs on an engine go on, a run of this machine is ended; what is finished is kept',
  }
  const [finish, now, leave] = [new AbortController(), new AbortController(), new AbortController()]
  let first = Number.NEGATIVE_INFINITY
  const endAtOnce = (text: string) => {
    if (!now.signal.aborted) terminal.step('stop', text)
    finish.abort()
    now.abort()
  }
  const stopNow = () => endAtOnce(texts.second)
  const leaveNow = () => {
    leave.abort()
    endAtOnce(texts.leave ?? texts.second)
  }
  const stopOnce = (again: string) => {
    if (finish.signal.aborted) return
    terminal.step('stop', `${texts.first}; ${again} again ends at once`)
    finish.abort()
  }
  const onSignal = (signal: NodeJS.Signals) => {
    // Of a job of Slurm that is preempted or has reached its time: seconds are left, and no second signal but SIGKILL comes.
    if (signal === 'SIGTERM' && process.env.SLURM_JOB_ID !== undefined) return leaveNow()
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
  return { finish: finish.signal, now: now.signal, leave: leave.signal, stop, stopNow, leaveNow, say }
}
