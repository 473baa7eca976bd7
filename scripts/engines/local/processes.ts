/** Processes that a runner starts. Imports only node's modules. */
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'

/** Signals the process group of a child that was started as its leader. */
export function signalGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: the group is gone.
  }
}

/** Waits until a pipe is read to its end, at most 1 s; every process that held it has been killed. */
export async function pipeEnd(stream: Readable | null): Promise<void> {
  if (stream !== null && !stream.readableEnded)
    await Promise.race([new Promise(done => stream.once('end', done)), wait(1000)])
}
