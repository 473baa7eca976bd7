/**
 * The evaluator of a run: a frozen command outside of it, which alone says what was measured. Imports only node's modules
 * and files without other dependencies: the runner's start-up time counts.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readFound } from '../../lib/files/regularFile.ts'
import { killOrphans } from '../../lib/process/orphans.ts'
import { asSubreaper } from '../../lib/process/subreaper.ts'
import { changeIn } from './evaluationFolder.ts'
import type { Evaluated } from './exit.ts'
import { type EvaluatorJob, socketNumber } from './job.ts'
import { type Log, openLog } from './log.ts'
import { outputProblem } from './outputFolder.ts'
import { pipeEnd, signalGroup } from './processes.ts'

/** Bytes of NIGHTSHIFT_EVAL that are read. */
const maxContent = 2 ** 22
/** Bytes of its last output that are kept for the record. */
const maxSaid = 40_000

/** An evaluator that was started. */
export interface Evaluator {
  /** The end of the socket that the run gets; null of `after`. Nothing may happen between its creation and the run's start. */
  socket: Socket | null
  /** Its process while it lives: what is below it belongs to no run. */
  pid(): number | null
  /** Resolves when it has ended. */
  ended: Promise<{ code: number | null; signal: string | null }>
  /**
   * Waits for its end, then ends all that it left and reads what it measured.
   * @param seconds after which it is killed
   * @param stopped kills it at once
   */
  finish(seconds: number, stopped: AbortSignal): Promise<Evaluated>
}

/** Makes the folder of NIGHTSHIFT_EVAL, which only this user may enter. */
export async function makePrivate({ file }: EvaluatorJob): Promise<void> {
  await rm(dirname(file), { recursive: true, force: true })
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
}

/** Evaluates a run that has ended well, unless its output or the evaluator's own files are not as they should be. */
export async function evaluateAfter(
  job: EvaluatorJob,
  { stopped, onStarted }: { stopped: AbortSignal; onStarted: (pid: number) => Promise<void> },
): Promise<Evaluated> {
  const change = await changed(job)
  if (change !== null) return refused(change)
  const problem = job.output === null ? null : await outputProblem(job.output)
  if (problem !== null) return refused(`it left ${problem}`)
  const evaluator = startEvaluator(job)
  const pid = evaluator.pid()
  if (pid !== null) await onStarted(pid)
  return evaluator.finish(job.seconds, stopped)
}

async function changed({ frozen }: EvaluatorJob): Promise<string | null> {
  const change = await changeIn(frozen)
  return change === null ? null : `the files of its evaluator were changed: ${change}`
}

const refused = (why: string): Evaluated => ({
  code: null,
  signal: null,
  ended: null,
  content: null,
  unreadable: null,
  said: '',
  refused: why,
})

export function startEvaluator(job: EvaluatorJob): Evaluator {
  const log = openLog(job.log)
  const said = openTail()
  const [file = '', ...args] = asSubreaper(job.argv)
  const child = spawn(file, args, {
    cwd: job.cwd,
    env: job.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(job.form === 'serve' ? (['pipe'] as const) : [])],
  })
  const ended = new Promise<{ code: number | null; signal: string | null }>(done => {
    child.on('exit', (code, signal) => done({ code, signal }))
    child.on('error', error => {
      keep(Buffer.from(`${error.message}\n`))
      done({ code: 127, signal: null })
    })
  })
  const keep = (chunk: Buffer): void => {
    log.write(chunk)
    said.write(chunk)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return {
    // Without a process there is nothing at the other end.
    socket: job.form === 'serve' && child.pid !== undefined ? blocking(child.stdio[socketNumber]) : null,
    pid: () => (child.exitCode === null && child.signalCode === null ? (child.pid ?? null) : null),
    ended,
    finish: (seconds, stopped) => finish(job, { child, ended, log, said: said.text }, seconds, stopped),
  }
}

/** Node makes its end of a socket non-blocking, and the run would get it so: a read would fail where nothing was sent yet. */
function blocking(stream: unknown): Socket {
  const socket = stream as Socket & { _handle: { setBlocking(on: boolean): number } }
  socket._handle.setBlocking(true)
  return socket
}

interface Started {
  child: ChildProcess
  ended: Evaluator['ended']
  log: Log
  said: () => string
}

async function finish(
  job: EvaluatorJob,
  { child, ended, log, said }: Started,
  seconds: number,
  stopped: AbortSignal,
): Promise<Evaluated> {
  const inTime = new AbortController()
  const signals = AbortSignal.any([inTime.signal, stopped])
  const end = await Promise.race([ended, wait(seconds * 1000, null, { signal: signals }).catch(() => null)])
  inTime.abort()
  signalGroup(child.pid, 'SIGKILL')
  await killOrphans(job.mark)
  const { code, signal } = await ended
  await Promise.all([child.stdout, child.stderr].map(pipeEnd))
  log.close()
  const found = await readFound(job.file, { limit: maxContent })
  await rm(dirname(job.file), { recursive: true, force: true })
  return {
    code,
    signal,
    ended: end === null ? 'timeout' : null,
    content: found.kind === 'file' ? found.bytes.toString('utf8') : null,
    unreadable: found.kind === 'unreadable' ? found.what : null,
    said: said(),
    // The run may have been faster than the start of its evaluator.
    refused: job.form === 'serve' ? await changed(job) : null,
  }
}

/** Keeps the end of what is written. */
function openTail() {
  let tail = Buffer.alloc(0)
  return {
    write: (chunk: Buffer): void => {
      tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-maxSaid))
    },
    text: () => tail.toString('utf8'),
  }
}
