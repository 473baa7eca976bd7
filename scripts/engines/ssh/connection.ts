/**
 * One OpenSSH connection to a host, over which all calls go (ControlMaster). It is a child of this process and ends with it:
 * on the host it holds a program that reads what this process never writes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { failureOf } from './failure.ts'

export interface ConnectionOptions {
  /** As program.md has it; checked there. */
  host: string
  /** Path of an ssh config; null: the user's. */
  config: string | null
  /** Path of the socket, at most about 85 bytes: ssh adds 17, and the system takes 107. */
  socket: string
  timing?: Partial<ConnectionTiming>
}

/** Seconds. */
export interface ConnectionTiming {
  /** To connect and log in. */
  connect: number
  /** Between two signs of life of a connection without traffic; it is given up after three without an answer. */
  alive: number
}

export interface Connection {
  /** Connects unless it is connected. @throws {Failure} in the words of ssh; `Unusable` where waiting does not help */
  open(): Promise<void>
  /** Program and arguments that execute a command on the host, over the open connection alone. */
  argv(remote: string): string[]
  /** Ends it; `open` makes a new one. */
  close(): Promise<void>
}

export function createConnection({ host, config, socket, timing }: ConnectionOptions): Connection {
  const { connect, alive } = { connect: 20, alive: 15, ...timing }
  let master: ChildProcess | null = null
  let opening: Promise<void> | null = null
  const start = async () => {
    const started = spawn('ssh', masterArguments({ host, config, socket, connect, alive }), {
      // Ctrl-C does not reach it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    await untilConnected(started, host, connect).catch(async error => {
      await endOf(started)
      throw error
    })
    master = started
  }
  return {
    async open() {
      if (master !== null && isRunning(master)) return
      opening ??= start().finally(() => {
        opening = null
      })
      await opening
    },
    // Without the socket ssh would connect by itself: the command for that fails.
    argv: remote => [
      'ssh',
      '-F',
      'none',
      '-S',
      socket,
      '-T',
      ...flags({ ...quiet, ControlMaster: 'no', ProxyCommand: 'false' }),
      '--',
      host,
      remote,
    ],
    async close() {
      await opening?.catch(() => {})
      if (master !== null) await endOf(master)
      master = null
    },
  }
}

const quiet = { BatchMode: 'yes', LogLevel: 'ERROR' }

/** Printed by the host when it is connected, whatever its login shell prints before. */
const connectedMark = `nightshift-connected-${randomUUID()}`

interface MasterOptions extends ConnectionTiming {
  host: string
  config: string | null
  socket: string
}

/** Keys of hosts are checked as the user's config says. Nothing of the user is lent to the host. */
function masterArguments({ host, config, socket, connect, alive }: MasterOptions): string[] {
  const options = {
    ...quiet,
    ControlMaster: 'yes',
    ControlPersist: 'no',
    ConnectTimeout: String(connect),
    ServerAliveInterval: String(alive),
    ServerAliveCountMax: '3',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    ForkAfterAuthentication: 'no',
    StdinNull: 'no',
    SessionType: 'default',
    Tunnel: 'no',
  }
  const own = config === null ? [] : ['-F', config]
  return [...own, '-S', socket, '-T', ...flags(options), '--', host, `echo ${connectedMark}; exec cat >/dev/null`]
}

const flags = (options: Record<string, string>): string[] =>
  Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null

/** Bytes of what ssh says that are kept: its end. */
const maxSaid = 8000
/** Bytes that a login shell may print before the mark. */
const maxNoise = 2 ** 20

/** Waits for the mark. @throws {Failure} in the words of ssh */
async function untilConnected(started: ChildProcess, host: string, connect: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let said = ''
  let noise = 0
  const fail = (why: string | null) => reject(failureOf(host, said, why))
  const timer = setTimeout(() => fail(`no login within ${2 * connect} s`), 2000 * connect)
  started.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-maxSaid)
  })
  if (started.stdout !== null) {
    started.stdout.on('data', (chunk: Buffer) => {
      noise += chunk.length
      if (noise > maxNoise) fail(`its login shell prints more than ${maxNoise} bytes`)
    })
    createInterface({ input: started.stdout }).on('line', line => {
      if (line.endsWith(connectedMark)) resolve()
    })
  }
  started.stdin?.on('error', () => {})
  started.on('error', error => fail(error.message))
  started.on('close', () => fail(null))
  try {
    await promise
  } finally {
    clearTimeout(timer)
  }
}

/** Ends the process: at once, since a host that does not answer would be waited for. */
async function endOf(started: ChildProcess): Promise<void> {
  if (!isRunning(started) || started.pid === undefined) return
  const ended = new Promise<void>(done => {
    started.once('exit', () => done())
  })
  started.stdin?.destroy()
  started.stdout?.destroy()
  started.stderr?.destroy()
  // By this signal ssh removes its socket.
  started.kill('SIGTERM')
  const timer = setTimeout(() => started.kill('SIGKILL'), 2000)
  await ended
  clearTimeout(timer)
}
