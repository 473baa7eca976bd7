/** Calls verbs of this machine through one process that stays: each start of Python takes longer than most verbs. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { z } from 'zod'
import { type CallOptions, type Channel, callFailure, defaults, maxSaid } from './channel.ts'

/** Verbs that end soon, and whose input and output fit into memory. */
const short = new Set(['cancel', 'fetch', 'poll', 'remove', 'submit'])

const headSchema = z.object({ code: z.number().int(), said: z.string(), bytes: z.number().int().nonnegative() })
type Head = z.infer<typeof headSchema>

interface Call {
  verb: string
  limit: number
  done: (output: Buffer) => void
  failed: (error: unknown) => void
}

/**
 * A channel whose short verbs are called by a process that stays, one after another. It is started by the first call, and again
 * after it has ended, and ends with this process.
 * @param once calls the other verbs
 * @param argv program and arguments of the verb `listen`
 */
export function listeningChannel(once: Channel, argv: readonly string[]): Channel {
  let listener: Listener | null = null
  return {
    name: once.name,
    async call(args, options = {}) {
      const { input = '', onLine, signal } = options
      const isWhole = typeof input === 'string' || Buffer.isBuffer(input)
      if (!short.has(args[0] ?? '') || !isWhole || onLine !== undefined || signal !== undefined)
        return once.call(args, options)
      if (listener === null || listener.isOver) listener = new Listener(once.name, argv)
      return listener.call(args, Buffer.from(input), options)
    },
  }
}

class Listener {
  /** It takes no more calls. */
  isOver = false
  private readonly name: string
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** In the order in which they are answered. */
  private readonly calls: Call[] = []
  private chunks: Buffer[] = []
  private length = 0
  private head: Head | null = null
  private said = ''

  constructor(name: string, argv: readonly string[]) {
    this.name = name
    const [file = '', ...args] = argv
    // In its own process group: Ctrl-C does not end it in the middle of a step.
    this.child = spawn(file, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    // It ends when its input does: whoever has closed all else need not close it.
    this.child.unref()
    for (const pipe of [this.child.stdin, this.child.stdout, this.child.stderr]) (pipe as Socket).unref()
    this.child.stdin.on('error', () => {})
    this.child.stdout.on('data', (chunk: Buffer) => this.read(chunk))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-maxSaid)
    })
    this.child.on('error', error => this.end(error.message))
    this.child.on('close', () => this.end('its process has ended'))
  }

  call(
    args: readonly string[],
    input: Buffer,
    { seconds = defaults.seconds, limit = defaults.limit }: CallOptions,
  ): Promise<Buffer> {
    return new Promise((done, failed) => {
      const timer = setTimeout(() => this.end(`no answer within ${seconds} s`), 1000 * seconds)
      this.calls.push({
        verb: args[0] ?? '',
        limit,
        done: output => {
          clearTimeout(timer)
          done(output)
        },
        failed: error => {
          clearTimeout(timer)
          failed(error)
        },
      })
      this.child.stdin.write(`${JSON.stringify({ args, bytes: input.length })}\n`)
      this.child.stdin.write(input)
    })
  }

  private read(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.length += chunk.length
    while (this.readHead() && this.readOutput());
  }

  /** @returns whether the head of an answer is there */
  private readHead(): boolean {
    if (this.head !== null) return true
    const all = Buffer.concat(this.chunks)
    const at = all.indexOf('\n')
    if (at < 0) return false
    this.keep(all.subarray(at + 1))
    const head = headSchema.safeParse(jsonOrNull(all.toString('utf8', 0, at)))
    const limit = this.calls[0]?.limit ?? 0
    if (!head.success) this.end('it answered what is no answer')
    else if (head.data.bytes > limit) this.end(`more than ${limit} bytes of output`)
    else this.head = head.data
    return this.head !== null
  }

  /** @returns whether the answer is whole, and another one may follow */
  private readOutput(): boolean {
    const { head } = this
    if (head === null || this.length < head.bytes) return false
    const all = Buffer.concat(this.chunks)
    this.keep(all.subarray(head.bytes))
    this.head = null
    const call = this.calls.shift()
    if (head.code === 0) call?.done(all.subarray(0, head.bytes))
    else call?.failed(callFailure(this.name, call.verb, { ended: null, code: head.code, said: head.said }))
    return true
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length === 0 ? [] : [rest]
    this.length = rest.length
  }

  /** What was asked for may have been done. */
  private end(why: string): void {
    if (this.isOver) return
    this.isOver = true
    this.child.kill('SIGKILL')
    for (const { verb, failed } of this.calls.splice(0))
      failed(callFailure(this.name, verb, { ended: why, code: null, said: this.said }))
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
