/** Runs a session in a detached process, which outlives the terminal and writes its output to a file. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { command } from '../../lib/command.ts'
import { contains, workRoot } from '../../lib/paths.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { jsonLine } from '../../lib/text.ts'

const begunSchema = z.object({ begun: z.string() })

/** Tells the process that started a detached session that it has begun; does nothing in other processes. */
export function notifyBegun(id: string): void {
  const begun: z.infer<typeof begunSchema> = { begun: id }
  // An error is ignored: the process that started this one may have ended.
  process.send?.(begun, undefined, undefined, () => {})
}

/** `output` is the log so far. */
type Start =
  | { kind: 'begun'; id: string; pid: number; log: string; output: string }
  | { kind: 'refused'; exitCode: number; output: string }

/** @param session id of the session to resume, and whether `args` names it; null for a new session */
export async function detach(
  terminal: Terminal,
  args: string[],
  session: { id: string; isNamed: boolean } | null,
): Promise<void> {
  const own = args.filter(arg => arg !== '--detach' && arg !== '--json')
  const start = await startDetached(session && !session.isNamed ? [...own, session.id] : own, session?.id ?? null)
  process.stderr.write(start.output)
  if (start.kind === 'refused') {
    process.exitCode = start.exitCode
    return
  }
  const { id, pid, log } = start
  if (args.includes('--json')) process.stdout.write(jsonLine({ session: id, process: pid, log }))
  terminal.step('detached', `${id} runs as process ${pid}`)
  terminal.step('log', contains(process.cwd(), log) ? relative(process.cwd(), log) : log)
  terminal.step('watch', command(`status ${id} --watch`))
  terminal.step('pause', command(`session pause ${id}`))
  terminal.step('stop', command(`session stop ${id}`))
}

const logOf = (id: string): string => join(workRoot, id, 'session.log')

/**
 * Starts this program again in its own process group and waits until its session has begun.
 * @param id of the session to resume, whose log is appended to; null for a new session
 */
async function startDetached(args: string[], id: string | null): Promise<Start> {
  await mkdir(id === null ? workRoot : join(workRoot, id), { recursive: true })
  const path = id === null ? join(workRoot, `starting-${randomUUID()}.log`) : logOf(id)
  const log = await open(path, 'a')
  const { size } = await log.stat()
  const outcome = await begin(args, log.fd).finally(() => log.close())
  const output = (await readFile(path)).subarray(size).toString('utf8')
  if (outcome.kind === 'refused') {
    if (id === null) await rm(path)
    return { ...outcome, output }
  }
  // The process has the file open and keeps writing to it under its new name.
  if (id === null) await rename(path, logOf(outcome.id))
  return { ...outcome, log: logOf(outcome.id), output }
}

type Outcome = { kind: 'begun'; id: string; pid: number } | { kind: 'refused'; exitCode: number }

function begin(args: string[], log: number): Promise<Outcome> {
  const program = process.argv[1] ?? ''
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  })
  // Ctrl-C does not reach the other process group; a session that has not begun must not stay behind.
  const cancel = () => child.kill('SIGKILL')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, cancel)
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('exit', code => done({ kind: 'refused', exitCode: code ?? 1 }))
    child.once('message', message => {
      const { begun } = begunSchema.parse(message)
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeListener(signal, cancel)
      child.disconnect()
      child.unref()
      done({ kind: 'begun', id: begun, pid: child.pid ?? 0 })
    })
  })
}
