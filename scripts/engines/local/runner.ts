/**
 * The detached process of one run. It holds the output pipe, so that the log survives the harness; caps the log;
 * enforces the timeout; kills the process group and every orphan; measures the time; hashes the frozen files; and writes
 * exit.json, signed with the job's key. It reads its job from standard input, and may be started before there is one. An
 * evaluator runs beside or after the run, outside of it; what it measured is signed, too.
 *
 * It imports only node's modules and files without other dependencies, because its start-up delays a run. SIGTERM
 * to the runner stops the run early; exit.json records it.
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure, main } from '../../lib/errors.ts'
import { findOrphans, killOrphans } from '../../lib/process/orphans.ts'
import { ownerOf, thisProcess } from '../../lib/process/owner.ts'
import { openRelay } from '../../lib/sandbox/relay.ts'
import { evaluateAfter, makePrivate, startEvaluator } from './evaluator.ts'
import type { Exit } from './exit.ts'
import { checkFrozen } from './frozenHashes.ts'
import { begun, evaluatorMark, type Job } from './job.ts'
import { openLog } from './log.ts'
import { pipeEnd, signalGroup } from './processes.ts'
import { signed } from './signature.ts'

/** Time from SIGTERM to SIGKILL, milliseconds. */
const graceMs = 3000

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
  const outside = job.evaluator ?? null
  if (outside !== null) await makePrivate(outside)
  const log = openLog(job.log)
  const closeRelay = job.relay === null ? null : await openRelay(job.relay)
  // Fails where the harness has ended; the run is then made again.
  writeSync(1, begun)
  let ended: Exit['ended'] = null
  const stopped = new AbortController()
  const end = (why: 'timeout' | 'aborted' | 'evaluator') => {
    ended ??= why
    if (why === 'aborted') stopped.abort()
    signalGroup(child.pid, 'SIGTERM')
    void wait(graceMs).then(() => signalGroup(child.pid, 'SIGKILL'))
  }
  // Before the command is there, which may ask for a signal at once.
  process.on('SIGTERM', () => end('aborted'))
  process.on('SIGINT', () => end('aborted'))
  // detached: its own process group, so that it can be killed as a whole.
  const start = performance.now()
  const served = outside?.form === 'serve' ? startEvaluator(outside) : null
  const [file = '', ...args] = job.argv
  const child = spawn(file, args, {
    cwd: job.cwd,
    env: job.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(served?.socket ? [served.socket] : [])],
  })
  // From here on each of the two sees the other's end.
  served?.socket?.destroy()
  child.stdout?.on('data', log.write)
  child.stderr?.on('data', log.write)
  const timer = setTimeout(() => end('timeout'), job.timeoutSeconds * 1000)
  // By its mark alone it may not be found: an evaluator may hide its environment from others.
  const told = async (pid: number) =>
    writeAtomic(outside?.owner ?? '', signed(await ownerOf(pid), job.key), { sync: false })
  const servedPid = served?.pid() ?? null
  const noted = servedPid === null ? null : told(servedPid)
  // Nobody listens to the run any more. Where the run ended first, it is about to be seen.
  const failed = served?.ended.then(result => (result.code === 0 ? null : wait(graceMs, 'failed')))
  void failed?.then(found => {
    if (found === 'failed' && child.exitCode === null && child.signalCode === null) end('evaluator')
  })

  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(done => {
    child.on('exit', (code, signal) => done({ code, signal }))
    child.on('error', error => {
      log.write(Buffer.from(`${error.message}\n`))
      done({ code: 127, signal: null })
    })
  })
  clearTimeout(timer)
  // The shell exits on SIGTERM at once; its children get the grace period.
  const spared = () => served?.pid() ?? undefined
  if (ended !== null) await descendantsExit(job.mark, spared)
  // Before the group, to count them: after the group is killed, the number is unknown. What an evaluator that has ended
  // left is no orphan of the run.
  const search = { ancestor: process.pid, spared: spared() }
  const orphans = await killOrphans(job.mark, search, evaluatorMark(job.mark))
  signalGroup(child.pid, 'SIGKILL')
  closeRelay?.()
  // What worked on after the command had ended counts.
  const seconds = (performance.now() - start) / 1000
  await pipeEnd(child.stdout)
  log.close()
  // Now nothing changes them any more, and the worktree is still there.
  await noted
  const isWell = code === 0 && ended === null
  const checked = isWell ? await checkFrozen(job.frozen.folder, frozen) : null
  const evaluated = served
    ? await served.finish(isWell ? (outside?.seconds ?? 0) : ended === null ? graceMs / 1000 : 0, stopped.signal)
    : isWell && outside
      ? await evaluateAfter(outside, { stopped: stopped.signal, onStarted: told })
      : null
  // What the evaluator left without its mark.
  if (outside !== null) await killOrphans(job.mark, { ancestor: process.pid })
  const exit: Exit = { code, signal, seconds, ended, orphans, frozen: checked, evaluated }
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
async function descendantsExit(mark: string, spared: () => number | undefined): Promise<void> {
  const latest = performance.now() + graceMs
  while (
    performance.now() < latest &&
    (await findOrphans(mark, { ancestor: process.pid, spared: spared() })).length > 0
  )
    await wait(50)
}
