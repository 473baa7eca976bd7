/** Starts runners ahead of their runs: Node loads while an agent proposes, and a runner waits for its job. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { workRoot } from '../../../lib/paths.ts'
import { untilStarted } from '../../../lib/process/beforeStart.ts'
import { runMarkVariable } from '../../../lib/process/orphans.ts'
import { asSubreaper } from '../../../lib/process/subreaper.ts'
import type { Job } from './job.ts'
import { createKeys } from './signature.ts'

export interface Runners {
  /** A runner for one run; it may have been started before. */
  take(): Runner
  /** Starts a runner for a later run, unless one waits. */
  prepare(): void
  /** Ends a runner that waits. */
  close(): void
}

/** A process that waits for one job. */
export interface Runner {
  /** NIGHTSHIFT_RUN of its process. */
  mark: string
  /** Public key of the files that it signs. */
  key: string
  /**
   * Gives it its job. Resolves when the process has ended, whatever it left.
   * @param mayRepeat whether a process that a terminal's signal ended before it began is started again
   */
  execute(job: Omit<Job, 'key' | 'mark'>, mayRepeat: () => boolean): Promise<void>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
  /** Ends it, when there is no job for it. */
  dismiss(): void
}

/** @param environment of the runner's own process, which a run can read */
export function openRunners(environment: Record<string, string>): Runners {
  let waiting: Runner | null = null
  return {
    take() {
      const runner = waiting ?? startRunner(environment)
      waiting = null
      return runner
    },
    prepare() {
      waiting ??= startRunner(environment)
    },
    close() {
      waiting?.dismiss()
      waiting = null
    },
  }
}

function startRunner(environment: Record<string, string>): Runner {
  const keys = createKeys()
  const mark = randomUUID()
  let started = startProcess(environment, mark)
  return {
    mark,
    key: keys.public,
    async execute(job, mayRepeat) {
      const input = JSON.stringify({ ...job, mark, key: keys.secret } satisfies Job)
      await untilStarted(
        () => {
          // Something may have ended it while it waited.
          if (started.hasEnded()) started = startProcess(environment, mark)
          started.process.stdin.end(input)
          return started.process
        },
        // The runner writes owner.json first.
        async () => mayRepeat() && !existsSync(job.owner),
      )
    },
    kill: signal => started.process.kill(signal),
    dismiss: () => started.process.stdin.end(),
  }
}

function startProcess(environment: Record<string, string>, mark: string) {
  const [file = '', ...args] = asSubreaper([process.execPath, join(import.meta.dirname, 'runner.ts')])
  const runner = execa(file, args, {
    // Its own process group: the end of the harness and Ctrl-C do not reach it.
    detached: true,
    cleanup: false,
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
    extendEnv: false,
    env: {
      ...environment,
      [runMarkVariable]: mark,
      // Halves the runner's start-up time.
      NODE_COMPILE_CACHE: join(workRoot, 'compiled'),
    },
  })
  // It may end before it has read its job; how it ended tells.
  runner.stdin.on('error', () => {})
  let ended = false
  void runner.then(() => {
    ended = true
  })
  return { process: runner, hasEnded: () => ended }
}
