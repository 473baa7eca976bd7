/**
 * The small detached process that owns one run: it holds the pipe (a dead harness must not lose the log), caps the
 * log, keeps the time, kills the group and every orphan, and leaves exit.json. `node runner.ts JOB` with a job.json.
 *
 * It imports nothing but node's own modules and what needs no others: every run waits for its start. SIGTERM to the
 * runner ends the run early; whatever happens, exit.json says so.
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

/** From TERM to KILL. */
const graceMs = 3000
/** Head and tail of a log that are kept, bytes each. */
const logCap = 2 ** 20

/** Keys of a job that are texts; the other is its time. */
const textKeys = ['command', 'cwd', 'log', 'exit', 'owner', 'mark'] as const satisfies (keyof Job)[]

if (import.meta.main) {
  await main(() => run(readJob(process.argv[2] ?? '')))
  process.exit()
}

/** By hand what `jobSchema` says: zod alone would take longer to load than all of this. */
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
  const advice = 'The harness writes it before it starts a runner.'
  return new Failure(`${path} is not the job of a run: ${why}.`, advice, { cause })
}

function isJob(value: unknown): value is Job {
  const given = new Map<string, unknown>(Object.entries(value ?? {}))
  const timeout = given.get('timeoutSeconds')
  return textKeys.every(key => typeof given.get(key) === 'string') && typeof timeout === 'number' && timeout > 0
}

async function run(job: Job): Promise<void> {
  const start = performance.now()
  await writeWhole(job.owner, await thisProcess())
  const log = openLog(job.log)
  // Its own group and session, so that the whole of it can be killed at once.
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
  // The shell obeys TERM at once; what it started has the time of grace to end by itself.
  if (ended !== null) await emptied(child.pid)
  const seconds = (performance.now() - start) / 1000
  // First by the mark: of a group that has just been killed nobody knows how many were still alive.
  const strays = await killOrphans(job.mark)
  signalGroup(child.pid, 'SIGKILL')
  await drained(child.stdout)
  log.close()
  const exit: Exit = { code, signal, seconds, ended, strays }
  await writeWhole(job.exit, exit)
}

/** A reader finds all of it or nothing, even after a power cut. */
async function writeWhole(path: string, value: Exit | Owner): Promise<void> {
  const handle = await open(`${path}.tmp`, 'w')
  await handle.writeFile(JSON.stringify(value))
  await handle.sync()
  await handle.close()
  await rename(`${path}.tmp`, path)
}

async function emptied(pid: number | undefined): Promise<void> {
  for (let waited = 0; waited < graceMs && signalGroup(pid, 0); waited += 50) await wait(50)
}

/** Signal 0 only asks. @returns whether there was a group to get it */
function signalGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, signal)
  } catch {
    return false // ESRCH: the group is gone
  }
}

// What the dead left in the pipe is read; an orphan that still holds it has been killed by now.
async function drained(stream: NodeJS.ReadableStream & { readableEnded: boolean }): Promise<void> {
  if (!stream.readableEnded) await Promise.race([new Promise(done => stream.once('end', done)), wait(1000)])
}

/** The head goes to disk as it comes; of what follows only the tail is kept in memory and written at the end. */
function openLog(path: string) {
  const file = openSync(path, 'w')
  let [head, left] = [0, 0]
  let tail = Buffer.alloc(0)
  const write = (chunk: Buffer): void => {
    const room = Math.max(0, logCap - head)
    const first = chunk.subarray(0, room)
    if (first.length > 0) writeSync(file, first)
    head += first.length
    if (first.length === chunk.length) return
    tail = Buffer.concat([tail, chunk.subarray(first.length)])
    if (tail.length < 2 * logCap) return
    left += tail.length - logCap
    tail = Buffer.from(tail.subarray(-logCap))
  }
  const close = (): void => {
    if (tail.length > logCap) {
      left += tail.length - logCap
      tail = tail.subarray(-logCap)
    }
    if (left > 0) writeSync(file, `\n[${left} bytes of the log left out here]\n`)
    writeSync(file, tail)
    closeSync(file)
  }
  return { write, close }
}
