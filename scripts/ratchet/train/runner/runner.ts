/**
 * The detached process of one run. It holds the output pipe, so that the log survives the harness; caps the log;
 * enforces the timeout; kills the process group and every orphan; measures the time; hashes the frozen files; and writes
 * exit.json, signed with the job's key. It reads its job from standard input, and may be started before there is one.
 *
 * It imports only node's modules and files without other dependencies, because its start-up delays a run. SIGTERM
 * to the runner stops the run early; exit.json records it.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure, main } from '../../../lib/errors.ts'
import { findOrphans, killOrphans } from '../../../lib/process/orphans.ts'
import { thisProcess } from '../../../lib/process/owner.ts'
import { openRelay } from '../../../lib/sandbox/relay.ts'
import type { Exit } from './exit.ts'
import { checkFrozen } from './frozenHashes.ts'
import { begun, type Job } from './job.ts'
import { signed } from './signature.ts'

/** Time from SIGTERM to SIGKILL, milliseconds. */
const graceMs = 3000
/** Size of the kept head and of the kept tail of a log, bytes each. */
const logCap = 2 ** 20

/** Keys of a job that are strings; the others are the command, the environment, the timeout, the frozen files and the relay. */
const textKeys = ['key', 'cwd', 'log', 'exit', 'owner', 'mark'] as const satisfies (keyof Job)[]

if (import.meta.main) {
  await main(async () => {
    const text = readFileSync(0, 'utf8')
    // The harness ended, or has no run for this process.
    if (text !== '') await run(readJob(text))
  })
  process.exit()
}

/** Checks by hand: zod takes longer to load than the runner itself. Names no value: one is the key. */
function readJob(text: string): Job {
  const job = jsonOrNull(text)
  if (isJob(job)) return job
  throw new Failure(
    `Standard input is not the job of a run: ${job === null ? 'it is not JSON' : 'a key is missing, or has another type'}.`,
    'The harness writes it, and may have been killed while it did; the run is then made again.',
  )
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isJob(value: unknown): value is Job {
  const given = new Map<string, unknown>(Object.entries(value ?? {}))
  const [argv, timeout, env, frozen, relay] = ['argv', 'timeoutSeconds', 'env', 'frozen', 'relay'].map(key =>
    given.get(key),
  )
  return (
    textKeys.every(key => typeof given.get(key) === 'string') &&
    Array.isArray(argv) &&
    argv.length > 0 &&
    argv.every(word => typeof word === 'string') &&
    typeof timeout === 'number' &&
    timeout > 0 &&
    typeof env === 'object' &&
    typeof frozen === 'object' &&
    typeof relay === 'object'
  )
}

async function run(job: Job): Promise<void> {
  const frozen = new Map(Object.entries(job.frozen.hashes))
  // Not synced: after a power cut there is no process to find.
  await writeAtomic(job.owner, signed(await thisProcess(), job.key), { sync: false })
  const log = openLog(job.log)
  const closeRelay = job.relay === null ? null : await openRelay(job.relay)
  // Fails where the harness has ended; the run is then made again.
  writeSync(1, begun)
  let ended: Exit['ended'] = null
  const end = (why: 'timeout' | 'aborted') => {
    ended ??= why
    signalGroup(child.pid, 'SIGTERM')
    void wait(graceMs).then(() => signalGroup(child.pid, 'SIGKILL'))
  }
  // Before the command is there, which may ask for a signal at once.
  process.on('SIGTERM', () => end('aborted'))
  process.on('SIGINT', () => end('aborted'))
  // detached: its own process group, so that it can be killed as a whole.
  const start = performance.now()
  const [file = '', ...args] = job.argv
  const child = spawn(file, args, {
    cwd: job.cwd,
    env: job.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.on('data', log.write)
  child.stderr.on('data', log.write)
  const timer = setTimeout(() => end('timeout'), job.timeoutSeconds * 1000)

  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(done => {
    child.on('exit', (code, signal) => done({ code, signal }))
    child.on('error', error => {
      log.write(Buffer.from(`${error.message}\n`))
      done({ code: 127, signal: null })
    })
  })
  clearTimeout(timer)
  // The shell exits on SIGTERM at once; its children get the grace period.
  if (ended !== null) await descendantsExit(job.mark)
  // Before the group, to count them: after the group is killed, the number is unknown.
  const orphans = await killOrphans(job.mark, process.pid)
  signalGroup(child.pid, 'SIGKILL')
  closeRelay?.()
  // What worked on after the command had ended counts.
  const seconds = (performance.now() - start) / 1000
  await pipeEnd(child.stdout)
  log.close()
  // Now nothing changes them any more, and the worktree is still there.
  const checked = code === 0 && ended === null ? await checkFrozen(job.frozen.folder, frozen) : null
  const exit: Exit = { code, signal, seconds, ended, orphans, frozen: checked }
  await writeAtomic(job.exit, signed(exit, job.key))
}

/** Writes a file atomically. @param sync also with respect to a power cut */
async function writeAtomic(path: string, text: string, { sync } = { sync: true }): Promise<void> {
  // The run may have left anything there, e.g. a pipe, which would be waited for.
  await rm(`${path}.tmp`, { recursive: true, force: true })
  const handle = await open(`${path}.tmp`, 'wx')
  await handle.writeFile(text)
  if (sync) await handle.sync()
  await handle.close()
  await rename(`${path}.tmp`, path)
}

/** Waits until every descendant has exited, at most for the grace period. */
async function descendantsExit(mark: string): Promise<void> {
  const latest = performance.now() + graceMs
  while (performance.now() < latest && (await findOrphans(mark, process.pid)).length > 0) await wait(50)
}

function signalGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: the group is gone.
  }
}

/** Waits until the pipe is read to its end, at most 1 s; every process that held it has been killed. */
async function pipeEnd(stream: NodeJS.ReadableStream & { readableEnded: boolean }): Promise<void> {
  if (!stream.readableEnded) await Promise.race([new Promise(done => stream.once('end', done)), wait(1000)])
}

/** Writes the head of a log to disk at once; keeps the last part in memory and writes it at the end. */
function openLog(path: string) {
  const file = openSync(path, 'w')
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
