/**
 * Hosts for tests: an sshd of this machine for each, on loopback, with keys and an ssh config of its own. A host can vanish
 * with its connections and come back. What it has started goes on, as on a machine behind a broken network.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { test } from 'vitest'
import { type Finished, scratch } from './throwaway.ts'

const program = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd'].find(path => existsSync(path))

/** Why there can be no host on this machine, and what would change that; null where there can. */
export const sshdMissing: string | null =
  process.platform !== 'linux' ? 'needs Linux' : program === undefined ? 'needs sshd (Debian: openssh-server)' : null

/** Defines a test that needs hosts, which runs beside the file's others; without sshd it is skipped, and its name says so. */
export const overSsh = (name: string, run: (finished: Finished) => Promise<void>, timeout = 60_000) =>
  sshdMissing === null
    ? test.concurrent(name, { timeout }, ({ onTestFinished }) => run(onTestFinished))
    : test.skip(`${name}: ${sshdMissing}`)

export interface HostSetting {
  name: string
  /** Variables of the sessions there. */
  env?: Record<string, string>
  /** A program that is executed in the place of every command, which it finds in SSH_ORIGINAL_COMMAND. */
  shell?: string
}

export interface SshHosts {
  /** Path of the ssh config that knows them. */
  config: string
  /** A folder for their files. */
  folder: string
  /** Stops the sshd of a host and its connections: packets to it stay without an answer. */
  freeze(name: string): Promise<void>
  thaw(name: string): Promise<void>
  /** Ends the sshd of a host and cuts its connections. */
  kill(name: string): Promise<void>
  start(name: string): Promise<void>
  /** The connections that were made to a host so far. */
  connections(name: string): Promise<number>
}

/** @param finished registers what ends them */
export async function startHosts(settings: readonly HostSetting[], finished: Finished): Promise<SshHosts> {
  const folder = await scratch(finished)
  // sshd of root wants this folder for its own.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const key = join(folder, 'key')
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const daemons = new Map<string, Daemon>()
  finished(async () => {
    for (const daemon of daemons.values()) await daemon.kill()
  })
  for (const setting of settings) daemons.set(setting.name, await openDaemon(folder, key, setting))
  const config = join(folder, 'ssh_config')
  const known = join(folder, 'known_hosts')
  await writeFile(known, [...daemons.values()].map(({ knownHost }) => knownHost).join(''))
  const parts = [...daemons].map(([name, { port }]) =>
    [`Host ${name}`, '  HostName 127.0.0.1', `  Port ${port}`, `  User ${userInfo().username}`].join('\n'),
  )
  const all = ['Host *', `  IdentityFile ${key}`, '  IdentitiesOnly yes', `  UserKnownHostsFile ${known}`]
  await writeFile(config, `${[...parts, ...all, '  StrictHostKeyChecking yes'].join('\n')}\n`)
  const daemonOf = (name: string): Daemon => daemons.get(name) ?? fail(`there is no host ${name}`)
  return {
    config,
    folder,
    freeze: name => daemonOf(name).signal('SIGSTOP'),
    thaw: name => daemonOf(name).signal('SIGCONT'),
    kill: name => daemonOf(name).kill(),
    start: name => daemonOf(name).start(),
    connections: name => daemonOf(name).connections(),
  }
}

interface Daemon {
  port: number
  /** Its line of known_hosts. */
  knownHost: string
  start(): Promise<void>
  kill(): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>
  connections(): Promise<number>
}

async function openDaemon(parent: string, key: string, { name, env = {}, shell }: HostSetting): Promise<Daemon> {
  const folder = join(parent, name)
  await mkdir(folder)
  const hostKey = join(folder, 'host_key')
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey])
  const port = await freePort()
  const log = join(folder, 'log')
  const variables = Object.entries(env).map(([variable, value]) => `${variable}=${value}`)
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    'PidFile none',
    `AuthorizedKeysFile ${key}.pub`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'LogLevel INFO',
    ...(variables.length > 0 ? [`SetEnv ${variables.join(' ')}`] : []),
    ...(shell === undefined ? [] : [`ForceCommand ${shell}`]),
  ]
  const config = join(folder, 'sshd_config')
  await writeFile(config, `${lines.join('\n')}\n`)
  let child: ChildProcess | null = null
  const processes = async () => (child?.pid === undefined ? [] : await sshdBelow(child.pid))
  const signalAll = async (signal: NodeJS.Signals) => {
    for (const pid of await processes()) {
      try {
        process.kill(pid, signal)
      } catch {
        // ESRCH: a connection that has just ended.
      }
    }
  }
  const daemon: Daemon = {
    port,
    knownHost: `[127.0.0.1]:${port} ${(await readFile(`${hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')}\n`,
    async start() {
      child = spawn(program ?? '', ['-D', '-f', config, '-E', log], { stdio: 'ignore' })
      while (!(await isListening(port))) {
        if (child.exitCode !== null) fail(`sshd has ended: ${await readFile(log, 'utf8')}`)
        await wait(20)
      }
    },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      await signalAll('SIGKILL')
      await ended
    },
    async signal(signal) {
      await signalAll(signal)
    },
    connections: async () =>
      (await readFile(log, 'utf8')).split('\n').filter(line => /Accepted publickey/.test(line)).length,
  }
  await daemon.start()
  return daemon
}

/** An sshd and its processes of connections, the listener first; not what they have started. */
async function sshdBelow(listener: number): Promise<number[]> {
  const parents = new Map<number, { name: string; parent: number }>()
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    const [, name = '', parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? []
    if (parent !== undefined) parents.set(Number(entry), { name, parent: Number(parent) })
  }
  const found = [listener]
  for (const pid of found)
    for (const [other, { name, parent }] of parents) if (parent === pid && name.startsWith('sshd')) found.push(other)
  return found
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise(closed => server.close(closed))
  return typeof address === 'object' && address !== null ? address.port : fail('no port is free')
}

/** Whether a port takes connections. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function fail(why: string): never {
  throw new Error(why)
}
