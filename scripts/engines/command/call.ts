/** Calls a command of the user's launcher. What it is told is on its standard input only, never a part of the command. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { z } from 'zod'
import { Failure } from '../../lib/errors.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { LauncherVerb } from '../../program/commandEngine.ts'

export interface Call {
  verb: LauncherVerb
  /** Passed verbatim to `sh -c`; it comes only from the user's program.md. */
  command: string
  /** The folder of program.md. */
  cwd: string
  /** Seconds. */
  timeout: number
}

/** Bytes that a command may print. */
const most = { answer: 16 * 2 ** 20, output: 256 * 2 ** 20, errors: 64 * 2 ** 10 }

/** Milliseconds for the output of a command that has ended, where something that it started holds its pipes. */
const outputGrace = 500

/**
 * @returns what the command printed, as it is
 * @throws {Failure} in the command's words when it fails, prints too much or takes too long
 */
export async function outputOf(call: Call, message: object, limit = most.output): Promise<Buffer> {
  const { command, cwd, timeout } = call
  // In its own process group: Ctrl-C does not end it between what it asks the launcher and the answer.
  const child = spawn('sh', ['-c', command], { cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  const output = collect(child.stdout, limit, () => endWith('too much'))
  const errors = collect(child.stderr, most.errors, null)
  let ending: 'too much' | 'too long' | null = null
  function endWith(why: 'too much' | 'too long'): void {
    ending ??= why
    killGroup(child.pid)
  }
  // It need not read the message.
  child.stdin.on('error', () => {}).end(JSON.stringify(message))
  const timer = setTimeout(() => endWith('too long'), 1000 * timeout)
  const closed = once(child, 'close')
  closed.catch(() => {})
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    await Promise.race([closed, wait(outputGrace)])
    if (ending === 'too long') throw failure(call, `took longer than ${plural(timeout, 'second')}`, errors())
    if (ending === 'too much') throw failure(call, `printed more than ${limit / 2 ** 20} MiB`, errors())
    if (code !== 0)
      throw failure(call, code === null ? `was ended by ${signal}` : `failed with exit code ${code}`, errors())
    return output()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw failure(
      call,
      `cannot be started (${error instanceof Error ? error.message : String(error)})`,
      Buffer.alloc(0),
    )
  } finally {
    clearTimeout(timer)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/**
 * Calls a command that answers with a JSON object: the last line that it prints, or all of it.
 * @throws {Failure} also where it prints something else, saying what was found and what is allowed
 */
export async function answerOf<Schema extends z.ZodType>(
  call: Call,
  message: object,
  schema: Schema,
  form: string,
): Promise<z.infer<Schema>> {
  const text = (await outputOf(call, message, most.answer)).toString('utf8').trim()
  const object = asObject(text) ?? asObject(text.slice(text.lastIndexOf('\n') + 1))
  const found = text === '' ? 'nothing' : `“${sanitizeText(text.slice(-2000).split('\n').at(-1) ?? '', 120)}”`
  if (object === null) throw failure(call, `printed ${found} where it is to print ${form}`, Buffer.alloc(0))
  const result = schema.safeParse(object)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.join('.') || 'it'
  throw failure(call, `printed JSON that is not ${form}: ${where}: ${issue?.message}`, Buffer.alloc(0))
}

function asObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

/** @param excess called once where there is more than the limit; null: the end is kept */
function collect(stream: NodeJS.ReadableStream, limit: number, excess: (() => void) | null): () => Buffer {
  let parts: Buffer[] = []
  let size = 0
  stream.on('data', (part: Buffer) => {
    size += part.length
    parts.push(part)
    if (size <= limit) return
    excess?.()
    parts = excess === null ? [Buffer.concat(parts).subarray(-limit)] : []
    size = excess === null ? limit : size
  })
  return () => Buffer.concat(parts)
}

function failure({ verb, command }: Call, what: string, errors: Buffer): Failure {
  const last = errors
    .toString('utf8')
    .split(/[\r\n]/)
    .map(line => sanitizeText(line, 300))
    .findLast(line => line !== '')
  return new Failure(
    `The command engine.${verb} of program.md ${what}${last === undefined ? '' : `: ${last.replace(/\.$/, '')}`}.`,
    `Try it in the folder of program.md: ${command} (docs/launchers.md says what it is given and prints).`,
  )
}

/** The shell leads its process group. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // ESRCH: nothing is left of it.
  }
}
