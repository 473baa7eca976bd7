/** Starts runners ahead of their runs: Node loads while an agent proposes, and a runner waits for its job. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { execa } from 'execa'
import { compiledRoot } from '../../lib/paths.ts'
import { runMarkVariable } from '../../lib/process/orphans.ts'
import { asSubreaper } from '../../lib/process/subreaper.ts'
import { begun, type Job } from './job.ts'
import { createKeys } from './signature.ts'

export interface Runners {
  /** A runner for one run; it may have been started before. */
  take(): Runner
  /** Starts a runner for a later run, unless one waits. */
  prepare(): void
  /** Ends a runner that waits; none is started for a later run from then on. */
  close(): void
}

/** A process that waits for one job. */
export interface Runner {
  /** NIGHTSHIFT_RUN of its process. */
  mark: string
  /** Public key of the files that it signs. */
  key: string
  /**
   * Gives it its job. Resolves when the process has ended, whatever it left; one that is stopped (SIGSTOP) is killed.
   * @param mayRepeat whether another process is started for a job that a signal kept this one from beginning
   */
  execute(job: Omit<Job, 'key' | 'mark'>, mayRepeat: () => boolean): Promise<void>
  kill(signal: 'SIGTERM'): void
  /** Ends it, when there is no job for it. */
  dismiss(): void
}

/** Seconds that a runner has to begin, and after the timeout of its run, to end it, search for orphans and hash the frozen files. */
export const closingSeconds = 60

/**
 * @param environment of the runner's own process, which a run can read
 * @param spare seconds after which a runner that does not begin, or does not end its run, is killed
 */
export function openRunners(environment: Record<string, string>, spare = closingSeconds): Runners {
  let waiting: Runner | null = null
  let isClosed = false
  return {
    take() {
      const runner = waiting ?? startRunner(environment, spare)
      waiting = null
      return runner
    },
    prepare() {
      if (!isClosed) waiting ??= startRunner(environment, spare)
    },
    close() {
      isClosed = true
      waiting?.dismiss()
      waiting = null
    },
  }
}

function startRunner(environment: Record<string, string>, spare: number): Runner {
  const keys = createKeys()
  const mark = randomUUID()
  let started = startProcess(environment, mark)
  return {
    mark,
    key: keys.public,
    async execute(job, mayRepeat) {
      const input = JSON.stringify({ ...job, mark, key: keys.secret } satisfies Job)
      for (let tries = 1; ; tries++) {
        started.stdin.end(input)
        const latest = job.timeoutSeconds + (job.evaluator?.seconds ?? 0)
        const { stdout, signal } = await endOf(started, latest, spare)
        // Otherwise it ran nothing: an earlier run ended or stopped it while it waited, or a signal that a terminal sent to
        // the group of the harness ended it, which a new process leaves shortly after the fork.
        if (stdout === begun || signal === undefined || tries === maxTries || !mayRepeat()) return
        started = startProcess(environment, mark)
      }
    },
    kill: signal => started.kill(signal),
    // It has begun nothing. Only this signal ends a stopped process, for which the harness would wait at its end.
    dismiss: () => void started.kill('SIGKILL'),
  }
}

/** Several, because a terminal that closes sends several signals. A machine that ends each new process is at fault. */
const maxTries = 20

/** Waits for the end of a process that got its job. A run may stop its own runner or one that waits; it then keeps no time. */
async function endOf(started: ReturnType<typeof startProcess>, timeoutSeconds: number, spare: number) {
  const kill = () => started.kill('SIGKILL')
  let timer = setTimeout(kill, 1000 * spare)
  started.stdout.once('data', () => {
    clearTimeout(timer)
    timer = setTimeout(kill, 1000 * (timeoutSeconds + spare))
  })
  const result = await started
  clearTimeout(timer)
  return result
}

function startProcess(environment: Record<string, string>, mark: string) {
  const [file = '', ...args] = asSubreaper([process.execPath, join(import.meta.dirname, 'runner.ts')])
  const started = execa(file, args, {
    // Its own process group: the end of the harness and Ctrl-C do not reach it.
    detached: true,
    cleanup: false,
    // After SIGTERM it gives its run a grace period, ends what is left and hashes the frozen files.
    forceKillAfterDelay: 10_000,
    stderr: 'ignore',
    reject: false,
    extendEnv: false,
    env: {
      ...environment,
      [runMarkVariable]: mark,
      // Halves the runner's start-up time.
      NODE_COMPILE_CACHE: compiledRoot,
    },
  })
  // It may have ended before it reads its job.
  started.stdin.on('error', () => {})
  return started
}
