/** How the harness calls the Python side of a node: a command with input, whose output comes back. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'

export interface CallOptions {
  /** Standard input; by default empty. */
  input?: string | Buffer | AsyncIterable<Uint8Array>
  /** After which the call fails; by default 60. */
  seconds?: number
  /** The most bytes of output that are taken; more is a failure. */
  limit?: number
  /** Called with each line of the output as it comes. */
  onLine?: (line: string) => void
  /** Ends the call. */
  signal?: AbortSignal
}

export interface Channel {
  /** For messages, e.g. "n1" or "this machine". */
  name: string
  /**
   * Calls a verb of node/.
   * @returns its standard output
   * @throws {NodeFailure} in the words of the node, when the verb fails, and when it cannot be called
   */
  call(args: readonly string[], options?: CallOptions): Promise<Buffer>
}

/** A call that failed. */
export class NodeFailure extends Failure {
  /** Of the process that was started here; null when it was ended for its time or output, or could not be started. */
  readonly exitCode: number | null
  /** What it wrote on standard error, as it is; not to be shown without `sanitizeText`. */
  readonly said: string

  constructor(message: string, advice: string, { exitCode, said }: Pick<NodeFailure, 'exitCode' | 'said'>) {
    super(message, advice)
    this.exitCode = exitCode
    this.said = said
  }
}

/** The Python side of this machine, or of one whose files this machine shares. @param nodeFolder of the Python modules */
export const localChannel = (pythonCommand: string, nodeFolder: string): Channel =>
  processChannel('this machine', args => localCommand(pythonCommand, nodeFolder, args))

/** Program and arguments of a verb of this machine. */
export const localCommand = (pythonCommand: string, nodeFolder: string, args: readonly string[]): string[] => [
  pythonCommand,
  ...pythonFlags,
  nodeFolder,
  ...args,
]

/** Without the user's site packages, of which loading takes longer than most verbs, and with UTF-8 whatever the locale is. */
export const pythonFlags = ['-I', '-S', '-X', 'utf8'] as const

/** A channel of processes on this machine. @param argvOf program and arguments that call a verb with its arguments */
export const processChannel = (name: string, argvOf: (args: readonly string[]) => string[]): Channel => ({
  name,
  call: (args, options) => callProcess(name, argvOf(args), args[0] ?? '', options),
})

export const defaults = { seconds: 60, limit: 2 ** 26 }
/** Bytes of standard error that are kept: its end. */
export const maxSaid = 8000

/**
 * Runs a program to its end. @param verb for messages
 * @throws {NodeFailure} unless it exits with 0 in time
 */
export async function callProcess(
  name: string,
  argv: readonly string[],
  verb: string,
  { input = '', seconds = defaults.seconds, limit = defaults.limit, onLine, signal }: CallOptions = {},
): Promise<Buffer> {
  const [file = '', ...args] = argv
  // In its own process group: Ctrl-C does not end it in the middle of a step.
  const child = spawn(file, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  let ended: string | null = null
  const end = (why: string) => {
    ended ??= why
    child.kill('SIGKILL')
    // What it has started may hold the pipes.
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const timer = setTimeout(() => end(`no answer within ${seconds} s`), seconds * 1000)
  const stop = () => end('it was stopped')
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop)
  const chunks: Buffer[] = []
  let length = 0
  let said = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > limit) end(`more than ${limit} bytes of output`)
    else chunks.push(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said = Buffer.from(Buffer.concat([said, chunk]).subarray(-maxSaid))
  })
  if (onLine !== undefined) createInterface({ input: child.stdout }).on('line', onLine)
  const written = write(child.stdin, input)
  const code = await new Promise<number | null>(done => {
    child.on('close', done)
    child.on('error', error => {
      ended ??= error.message
      done(null)
    })
  })
  clearTimeout(timer)
  signal?.removeEventListener('abort', stop)
  const wrong = await written
  if (code === 0 && ended === null) {
    if (wrong !== null && !isEndOfReader(wrong)) throw wrong
    return Buffer.concat(chunks)
  }
  throw callFailure(name, verb, { ended, code, said: said.toString('utf8') })
}

/** @param how `ended`: why it was ended here; null: it ended by itself. `said`: on standard error */
export const callFailure = (
  name: string,
  verb: string,
  { ended, code, said }: { ended: string | null; code: number | null; said: string },
): NodeFailure =>
  new NodeFailure(
    `\`${verb}\` on ${sanitizeText(name)} failed: ${ended ?? (lastLine(said) || `exit code ${code}`)}.`,
    ended !== null && said.trim() !== '' ? `It said: ${lastLine(said)}` : 'docs/engines.md says what a node needs.',
    { exitCode: ended === null ? code : null, said },
  )

/** @returns why not all was written; the process may have ended before it read all */
async function write(stdin: NodeJS.WritableStream, input: NonNullable<CallOptions['input']>): Promise<unknown> {
  const source = typeof input === 'string' || Buffer.isBuffer(input) ? [input] : input
  return pipeline(Readable.from(source), stdin).then(
    () => null,
    (error: unknown) => error ?? new Error('not written'),
  )
}

const isEndOfReader = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes(String(error.code))

/** The last line that says something, without "error: " and the full stop. */
function lastLine(text: string): string {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return sanitizeText(lines.at(-1) ?? '', 400)
    .replace(/^error: /, '')
    .replace(/\.$/, '')
}
