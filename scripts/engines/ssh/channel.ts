/** A host that is reached by ssh: its channel, and how the Python side comes there. */
import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { Failure } from '../../lib/errors.ts'
import { jsonOrNull } from '../../lib/files/read.ts'
import { sanitizeText } from '../../lib/text.ts'
import { type CallOptions, callProcess, NodeFailure } from '../remote/channel.ts'
import { nodeTar } from '../remote/files.ts'
import { type HostAccess, type Installed, Unusable } from '../remote/hostAccess.ts'
import { remoteCommand } from './command.ts'
import { type ConnectionOptions, createConnection } from './connection.ts'
import { failureOf } from './failure.ts'

export interface SshHost extends ConnectionOptions {
  /** As the user has it: absolute, or below `~`; the session's own folder. */
  root: string
  /** The interpreter of runs, or the folder of a virtual environment; null: `python` of its PATH. */
  python: string | null
}

/** An sshd takes 10 sessions a connection by default, of which the connection has one. */
const mostCalls = 8

export function sshHost({ root, python, host, ...options }: SshHost): HostAccess {
  const connection = createConnection({ host, ...options })
  const limited = atMost(mostCalls)
  let installedAt = ''
  const execute = (program: 'call' | 'install', words: string[], verb: string, call: CallOptions): Promise<Buffer> =>
    limited(async () => {
      await connection.open()
      const mark = randomUUID()
      const argv = connection.argv(remoteCommand(program, python ?? 'python3', [mark, ...words]))
      try {
        return afterMark(host, await callProcess(host, argv, verb, { ...call, ...linesAfter(mark, call.onLine) }), mark)
      } catch (error) {
        throw await understood(error)
      }
    })
  const understood = async (error: unknown): Promise<unknown> => {
    if (!(error instanceof NodeFailure)) return error
    // ssh's own failure, or a call that has hung: the connection may look open for long.
    if (error.exitCode === 255) {
      await connection.close()
      return failureOf(host, error.said, null)
    }
    if (error.exitCode === null) await connection.close()
    if (error.exitCode === 126 || error.exitCode === 127)
      return new Unusable(
        `${host} has no Python: ${lastLine(error.said) || `${python ?? 'python3'} is not found`}.`,
        'Name one as `python`, an interpreter of version 3.10 or later or the folder of a virtual environment.',
      )
    return error
  }
  return {
    name: host.replace(/^.*@/, ''),
    channel: {
      name: host,
      call: (args, call = {}) => execute('call', [`${installedAt}/node`, ...args], args[0] ?? '', call),
    },
    async install() {
      const tar = await nodeTar()
      const stamp = createHash('sha256').update(tar).digest('hex')
      const answer = await execute('install', [root, stamp, python ?? ''], 'install', { input: tar, limit: 2 ** 20 })
      const installed = readInstalled(host, answer)
      installedAt = installed.root
      return installed
    },
    close: () => connection.close(),
  }
}

const installedSchema = z.object({
  root: z.string().startsWith('/').max(1000),
  has: z.array(z.string()).max(1000),
  python: z
    .string()
    .max(1000)
    .transform(path => path || null),
})

function readInstalled(host: string, answer: Buffer): Installed {
  const text = answer.toString('utf8')
  const result = installedSchema.safeParse(jsonOrNull(text))
  if (result.success) return result.data
  throw new Failure(
    `${host} answered what is no answer: ${sanitizeText(text, 120)}.`,
    'Is its Python what it says it is?',
  )
}

/** The lines of the answer alone. */
function linesAfter(mark: string, onLine: CallOptions['onLine']): Pick<CallOptions, 'onLine'> {
  if (onLine === undefined) return {}
  let isAnswer = false
  return {
    onLine(line) {
      if (isAnswer) onLine(line)
      else isAnswer = line.endsWith(mark)
    },
  }
}

/** What a login shell prints comes before the mark. */
function afterMark(host: string, output: Buffer, mark: string): Buffer {
  const at = output.indexOf(`${mark}\n`)
  if (at >= 0) return output.subarray(at + mark.length + 1)
  throw new Failure(
    `${host} did not execute the command: ${sanitizeText(output.toString('utf8'), 120) || 'it printed nothing'}.`,
    'Its login must end in a shell that executes commands: is one forced, by its sshd or in authorized_keys?',
  )
}

const lastLine = (text: string): string => sanitizeText(text.trim().split('\n').at(-1) ?? '', 200)

/** Lets at most so many calls go on at once; the others wait in order. */
function atMost(most: number): <T>(call: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async call => {
    if (running >= most) await new Promise<void>(go => waiting.push(go))
    else running++
    try {
      return await call()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
