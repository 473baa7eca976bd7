/** Runs one hook: a command of the user with an event as JSON on its standard input. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { killOrphans, runMarkVariable } from '../../lib/process/orphans.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { jsonLine, plural, sanitizeLines, sanitizeText } from '../../lib/text.ts'
import { openHookOutput } from './output.ts'

/** Milliseconds, then the hook is killed with all that it started. */
const TIMEOUT = 30_000

/** Milliseconds for the output of a hook that has ended, where a process that hides from the search holds its pipe. */
const OUTPUT_GRACE = 500

/**
 * How a hook ended. `broken`: it could not start, hung or was killed, so that it says nothing about the event. `stopped`: the
 * session was stopped at once. `why` is a clause; `output` is what it printed, both streams, at most 8 KB, sanitized and
 * without keys.
 */
export type HookResult =
  | { kind: 'passed' }
  | { kind: 'refused'; why: string; output: string }
  | { kind: 'broken'; why: string; output: string }
  | { kind: 'stopped' }

export interface HookCall {
  /** Passed verbatim to `sh -c`; it comes only from the user's program.md. */
  command: string
  event: object
  /** The folder of program.md. */
  cwd: string
  /** The whole environment, but for the mark. */
  env: Record<string, string>
  /** Finds the processes that it started, to kill them. */
  mark: string
  stop: AbortSignal
  /** Milliseconds. */
  timeout?: number
}

/** Never throws for what the hook does. The event is only ever on standard input, never a part of the command. */
export async function runHook({ timeout = TIMEOUT, stop, ...call }: HookCall): Promise<HookResult> {
  if (stop.aborted) return { kind: 'stopped' }
  const { command, event, cwd, env, mark } = call
  // In its own process group: Ctrl-C lets it finish, as a run.
  const child = spawn('sh', ['-c', command], { cwd, env: { ...env, [runMarkVariable]: mark }, detached: true })
  const output = openHookOutput()
  for (const stream of [child.stdout, child.stderr]) stream.on('data', output.add)
  // It need not read the event.
  child.stdin.on('error', () => {})
  child.stdin.end(jsonLine(event))
  let timedOut = false
  const kill = () => void killOrphans(mark, { ancestor: child.pid }).then(() => killGroup(child.pid))
  const timer = setTimeout(() => {
    timedOut = true
    kill()
  }, timeout)
  stop.addEventListener('abort', kill, { once: true })
  const closed = once(child, 'close')
  closed.catch(() => {})
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    clearTimeout(timer)
    // What it left running would disturb the next run, and holds its pipes.
    killGroup(child.pid)
    await killOrphans(mark)
    await Promise.race([closed, wait(OUTPUT_GRACE)])
    if (stop.aborted) return { kind: 'stopped' }
    if (timedOut) return { kind: 'broken', why: `did not end within ${plural(timeout / 1000, 'second')}`, output: '' }
    return resultOf(code, signal, sanitizeLines(redact(output.text())).trim())
  } catch (error) {
    return { kind: 'broken', why: 'could not start', output: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', kill)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** The hook leads its process group: also what has no mark is found there. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // ESRCH: nothing is left of it.
  }
}

function resultOf(code: number | null, signal: NodeJS.Signals | null, output: string): HookResult {
  if (code === 0) return { kind: 'passed' }
  const why = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`
  return { kind: code !== null && !isShellProblem(code) ? 'refused' : 'broken', why, output }
}

/** The last line that a hook printed; empty without one. */
export const lastLine = (result: HookResult): string =>
  'output' in result ? sanitizeText(result.output.split('\n').at(-1) ?? '') : ''

/** 126 and 127: the shell could not run the command. 128 + n: a command was ended by signal n. */
const isShellProblem = (code: number): boolean => code === 126 || code === 127 || (code > 128 && code <= 128 + 31)
