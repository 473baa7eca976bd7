/** The relay with real servers, from a network namespace of its own; redis-server and bwrap where they are installed. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { createRelay, relayedCommand } from '../../../scripts/lib/sandbox/createRelay.ts'
import { loopbackPorts } from '../../../scripts/lib/sandbox/loopbackPorts.ts'
import { openRelay, type Relay } from '../../../scripts/lib/sandbox/relay.ts'
import { scratch } from '../../helpers/throwaway.ts'

const has = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return true
  } catch {
    return false
  }
}
const withBwrap = test.skipIf(!has('bwrap'))
const withRedis = test.skipIf(!has('bwrap') || !has('redis-server'))
const needs = (...packages: string[]) => `(needs apt install ${packages.join(' ')})`

/** A network of its own, the file system of the machine. */
const isolated = (command: string[]) => ['bwrap', '--unshare-net', '--dev-bind', '/', '/', '--', ...command]

async function opened(ports: number[]): Promise<Relay> {
  const relay = createRelay(ports) as Relay
  onTestFinished(await openRelay(relay))
  return relay
}

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Answers what it was sent, once the sender has ended its half. */
const echoServer = () =>
  createServer({ allowHalfOpen: true }, socket => {
    const parts: Buffer[] = []
    socket.on('data', part => parts.push(part))
    socket.on('end', () => socket.end(Buffer.concat(parts)))
    socket.on('error', () => {})
  })

/** Sends MiB bytes to a port, ends its half, and tells how many came back. */
const echoClient = `const [host, port, size] = process.argv.slice(1)
let got = 0
const socket = require('node:net').connect({ host, port, allowHalfOpen: true })
socket.on('connect', () => socket.end(Buffer.alloc(Number(size), 'x')))
socket.on('data', part => { got += part.length })
socket.on('error', error => { console.log(error.code); process.exit() })
socket.on('close', () => console.log(got))`
const client = (host: string, port: number, size: number) => [
  process.execPath,
  '-e',
  echoClient,
  host,
  String(port),
  String(size),
]

async function inside(relay: Relay, command: string[], options = {}) {
  const [file = '', ...args] = isolated(relayedCommand(relay, command))
  return execa(file, args, { reject: false, ...options })
}

withBwrap(
  `a command in a network of its own reaches the listed ports and nothing else ${needs('bubblewrap')}`,
  async () => {
    const [listed, other] = [await listening(echoServer()), await listening(echoServer())]
    const relay = await opened([listed])
    for (const host of ['127.0.0.1', '::1'])
      expect((await inside(relay, client(host, listed, 5_000_000))).stdout).toBe('5000000')
    expect((await inside(relay, client('127.0.0.1', other, 10))).stdout).toBe('ECONNREFUSED')
    const outward = Object.values(networkInterfaces())
      .flat()
      .find(address => address?.internal === false && address.family === 'IPv4')
    if (outward === undefined) return
    // Reachable from this machine at that address, and so by a run without a sandbox.
    const wide = await listening(echoServer(), '0.0.0.0')
    expect((await execa(process.execPath, client(outward.address, wide, 10).slice(1))).stdout).toBe('10')
    expect((await inside(relay, client(outward.address, wide, 10))).stdout).toBe('ENETUNREACH')
  },
)

withBwrap(`a server on IPv6 alone, and one of HTTP, are reached ${needs('bubblewrap')}`, async () => {
  const http = createHttpServer((_, response) => response.end('hello'))
  const ports = [await listening(echoServer(), '::1'), await listening(http)]
  const relay = await opened(ports)
  expect((await inside(relay, client('127.0.0.1', ports[0] ?? 0, 10))).stdout).toBe('10')
  const fetching = `fetch('http://127.0.0.1:${ports[1]}').then(r => r.text()).then(console.log)`
  expect((await inside(relay, [process.execPath, '-e', fetching])).stdout).toBe('hello')
})

withRedis(
  `redis is reached by TCP, and by its Unix socket without the relay ${needs('bubblewrap', 'redis-server')}`,
  async () => {
    const folder = await scratch()
    const port = await freePort()
    const redis = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', join(folder, 'socket'), '--save', ''],
      { cwd: folder },
    )
    onTestFinished(() => void redis.kill('SIGKILL'))
    for await (const line of redis.stdout) if (String(line).includes('Ready to accept')) break
    expect(loopbackPorts({})).toContain(port)
    const relay = await opened([port])
    const command = ['redis-cli', '-p', String(port)]
    expect((await inside(relay, [...command, 'set', 'a', 'b'])).stdout).toBe('OK')
    expect((await inside(relay, [...command, 'get', 'a'])).stdout).toBe('b')
    const [file = '', ...args] = isolated(['redis-cli', '-s', join(folder, 'socket'), 'get', 'a'])
    expect((await execa(file, args)).stdout).toBe('b')
  },
)

withBwrap(
  `status, signals and descriptors of the command are as without the relay ${needs('bubblewrap')}`,
  async () => {
    const relay = await opened([await listening(echoServer())])
    const sh = (text: string, options = {}) => inside(relay, ['sh', '-c', text], options)
    expect((await sh('exit 7')).exitCode).toBe(7)
    expect((await sh('cat; echo err >&2', { input: 'in' })).stdout).toBe('in')
    expect((await sh('ls -l /proc/self/fd | grep -c " 3 -> .*eventpoll"')).stdout).toBe('0')
    expect((await inside(relay, ['no-such-program'])).exitCode).toBe(127)
    const [file = '', ...args] = relayedCommand(relay, ['sh', '-c', 'cat <&3'])
    const path = join(await scratch(), 'given')
    await writeFile(path, 'through 3')
    const given = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit', openSync(path, 'r')] })
    expect(String(await once(given.stdout as Readable, 'data'))).toBe('through 3')
    expect((await execa(file, [...args.slice(0, -1), 'kill -9 $$'], { reject: false })).signal).toBe('SIGKILL')
    for (const signal of ['SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const) {
      const trap = `trap 'echo ${signal}; exit 3' ${signal.slice(3)}; echo ready; while :; do sleep 0.01; done`
      const child = execa(file, [...args.slice(0, -1), trap], { reject: false })
      await once(child.stdout, 'data')
      child.kill(signal)
      expect(await child).toMatchObject({ exitCode: 3, stdout: `ready\n${signal}` })
    }
  },
)

test('a port that is taken inside is left to what has it, and a service that ended closes the connection', async () => {
  const server = echoServer()
  const port = await listening(server)
  const relay = await opened([port])
  const [file = '', ...args] = relayedCommand(relay, client('127.0.0.1', port, 10))
  expect((await execa(file, args)).stdout).toBe('10')
  server.close()
  await once(server, 'close')
  expect(await answered(relay.socket, header(port))).toBe('')
})

test('what does not name a listed port, or comes after 256 others, is closed', async () => {
  const port = await listening(echoServer())
  const relay = await opened([port])
  expect(await answered(relay.socket, header(port, 'hello'))).toBe('hello')
  for (const sent of [header(port + 1, 'hello'), Buffer.alloc(0), Buffer.from([1])])
    expect(await answered(relay.socket, sent)).toBe('')
  const others = Array.from({ length: 256 }, () => connect(relay.socket))
  for (const other of others) {
    other.on('error', () => {})
    onTestFinished(() => void other.destroy())
  }
  await Promise.all(others.map(other => once(other, 'connect')))
  expect(await answered(relay.socket, header(port, 'hello'))).toBe('')
})

test('the end of a run closes the connections and removes the socket', async () => {
  const relay = createRelay([await listening(echoServer())]) as Relay
  const close = await openRelay(relay)
  const socket = connect(relay.socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  close()
  await closed
  expect(existsSync(dirname(relay.socket))).toBe(false)
})

test('without a service there is no relay, and a socket that somebody made before is not used', async () => {
  expect(createRelay([])).toBeNull()
  const relay = createRelay([1]) as Relay
  expect(Buffer.byteLength(relay.socket)).toBeLessThanOrEqual(107)
  expect(statSync(dirname(relay.socket)).mode & 0o777).toBe(0o700)
  await writeFile(relay.socket, '')
  await expect(openRelay(relay)).rejects.toThrow('EADDRINUSE')
})

const header = (port: number, text = '') => Buffer.from([port >> 8, port & 255, ...Buffer.from(text)])

/** What comes back through the relay's own socket, until it is closed. */
async function answered(path: string, sent: Buffer): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true })
  let got = ''
  socket.on('data', part => {
    got += part
  })
  socket.on('error', () => {})
  socket.end(sent)
  await new Promise(done => socket.on('close', done))
  return got
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  return port
}
