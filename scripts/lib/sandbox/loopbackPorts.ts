/** Which services of this machine a run in a sandbox may reach by TCP: databases and the like, on the loopback. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isControlPort } from './controlPorts.ts'

/** A TCP listener of this machine: its port, and the number of its socket. */
interface Listener {
  port: number
  inode: string
}

/**
 * Ports on which this machine listens now, on its loopback or on any address, for `openRelay`; in order. Left out are those
 * below 1024, those of `isControlPort`, and the listeners of Nightshift's own commands. Empty on another system than Linux.
 * @param env its proxies are left out
 */
export function loopbackPorts(env: NodeJS.ProcessEnv = process.env): number[] {
  const proxies = proxyPorts(env)
  const passed = [...listeners('tcp'), ...listeners('tcp6')].filter(
    ({ port }) => port >= 1024 && !isControlPort(port) && !proxies.has(port),
  )
  if (passed.length === 0) return []
  const own = socketsOfCommands()
  const ownPorts = new Set(passed.filter(({ inode }) => own.has(inode)).map(({ port }) => port))
  return [...new Set(passed.map(({ port }) => port))].filter(port => !ownPorts.has(port)).sort((a, b) => a - b)
}

/** Loopback and any address, as the kernel writes them: 32-bit words in the machine's byte order, here little-endian. */
const addresses = new Set([
  '0100007F',
  '00000000',
  '00000000000000000000000001000000',
  '00000000000000000000000000000000',
  '0000000000000000FFFF00000100007F',
])
const listening = '0A'

/** Lines of `sl local_address:port remote state … uid timeout inode …`. */
function listeners(table: 'tcp' | 'tcp6'): Listener[] {
  return (textOf(`/proc/net/${table}`) ?? '').split('\n').flatMap(line => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    return state === listening && addresses.has(address) ? [{ port: Number.parseInt(port, 16), inode }] : []
  })
}

/** Ports in the proxy variables: a proxy leads out of the machine. */
function proxyPorts(env: NodeJS.ProcessEnv): Set<number> {
  const values = Object.entries(env).flatMap(([name, value]) => (/_proxy$/i.test(name) && value ? [value] : []))
  return new Set(values.map(value => Number(/:(\d+)\/?$/.exec(value)?.[1])))
}

/** Numbers of the sockets of all Nightshift commands of this machine that this user may look into. */
function socketsOfCommands(): Set<string> {
  const pids = namesIn('/proc').filter(name => /^\d+$/.test(name))
  const commands = pids.filter(pid => isCommand(textOf(`/proc/${pid}/cmdline`) ?? ''))
  const links = commands.flatMap(pid => namesIn(`/proc/${pid}/fd`).map(fd => linkOf(`/proc/${pid}/fd/${fd}`)))
  return new Set(links.flatMap(link => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

/** Every command of package.json is started with this module. */
const isCommand = (commandLine: string): boolean => commandLine.includes('scripts/compileCache.mjs')

/** null: not there, or of a process that has ended or is another user's. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
