/**
 * The detached process of one run. It holds the output pipe, so that the log survives the harness; caps the log;
 * enforces the timeout; kills the process group and every orphan; and writes exit.json. Usage: `node runner.ts job.json`.
 *
 * It imports only node's modules and files without other dependencies, because its start-up delays every run. SIGTERM
 * to the runner stops the run early; exit.json records it.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure, main } from '../../lib/errors.ts'
import { killOrphans } from '../../lib/process/orphans.ts'
import { type Owner, thisProcess } from '../../lib/process/owner.ts'
import type { Exit, Job } from './job.ts'

/** Time from SIGTERM to SIGKILL, milliseconds. */
const graceMs = 3000
/** Size of the kept head and of the kept tail of a log, bytes each. */
const logCap = 2 ** 20

/** Keys of a job that are strings; the other is the timeout. */
const textKeys = ['command', 'cwd', 'log', 'exit', 'owner', 'mark'] as const satisfies (keyof Job)[]

if (import.meta.main) {
  await main(() => run(readJob(process.argv[2] ?? '')))
  process.exit()
}

/** Checks what `jobSchema` checks, without zod, which takes longer to load than the runner itself. */
function readJob(path: string): Job {
  let job: unknown = null
  try {
    job = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw notAJob(path, String(cause), cause)
  }
  if (isJob(job)) return job
  throw notAJob(path, 'a key is missing, or has another type')
}

function notAJob(path: string, why: string, cause?: unknown): Failure {
  const advice = 'The harness writes job.json before it starts a runner.'
  return new Failure(`${path} is not the job of a run: ${why}.`, advice, { cause })
}

function isJob(value: unknown): value is Job {
  const given = new Map<string, unknown>(Object.entries(value ?? {}))
  const timeout = given.get('timeoutSeconds')
  return textKeys.every(key => typeof given.get(key) === 'string') && typeof timeout === 'number' && timeout > 0
}

async function run(job: Job): Promise<void> {
  const start = performance.now()
  await writeAtomic(job.owner, await thisProcess())
  const log = openLog(job.log)
  // detached: its own process group, so that it can be killed as a whole.
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  const child = spawn('sh', ['-c', job.command], {
    cwd: job.cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.on('data', log.write)
  child.stderr.on('data', log.write)

  let ended: Exit['ended'] = null
  const end = (why: 'timeout' | 'aborted') => {
    ended ??= why
    signalGroup(child.pid, 'SIGTERM')
    void wait(graceMs).then(() => signalGroup(child.pid, 'SIGKILL'))
  }
  const timer = setTimeout(() => end('timeout'), job.timeoutSeconds * 1000)
  process.on('SIGTERM', () => end('aborted'))
  process.on('SIGINT', () => end('aborted'))

  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(done => {
    child.on('exit', (code, signal) => done({ code, signal }))
    child.on('error', error => {
      log.write(Buffer.from(`${error.message}\n`))
      done({ code: 127, signal: null })
    })
  })
  clearTimeout(timer)
  // The shell exits on SIGTERM at once; its children get the grace period.
  if (ended !== null) await groupExit(child.pid)
  const seconds = (performance.now() - start) / 1000
  // By the mark first, to count them: after the group is killed, the number is unknown.
  const orphans = await killOrphans(job.mark)
  signalGroup(child.pid, 'SIGKILL')
  await pipeEnd(child.stdout)
  log.close()
  const exit: Exit = { code, signal, seconds, ended, orphans }
  await writeAtomic(job.exit, exit)
}

/** Writes a file atomically, also with respect to a power cut. */
async function writeAtomic(path: string, value: Exit | Owner): Promise<void> {
  const handle = await open(`${path}.tmp`, 'w')
  await handle.writeFile(JSON.stringify(value))
  await handle.sync()
  await handle.close()
  await rename(`${path}.tmp`, path)
}

/** Waits until the process group is empty, at most for the grace period. */
async function groupExit(pid: number | undefined): Promise<void> {
  for (let waited = 0; waited < graceMs && signalGroup(pid, 0); waited += 50) await wait(50)
}

/** Signals a process group; signal 0 only checks. @returns whether the group exists */
function signalGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, signal)
  } catch {
    return false // ESRCH: the group is gone
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
