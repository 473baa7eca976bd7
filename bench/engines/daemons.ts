/** Daemons of clusters for tests and benchmarks: each with namespaces of its own, in a folder that is removed after them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export interface Daemons {
  /** A folder of theirs; their output is in `log/NAME.out`. */
  folder: string
  /** @param env beside PATH, HOME and LANG: no variable of the test's own reaches a daemon, and so no job */
  start(name: string, command: string[], env: Record<string, string>): Promise<void>
  /** Ends all processes of a daemon at once, as a power cut does. */
  end(name: string): Promise<void>
}

/**
 * @param prefix of the folder's name
 * @param finished registers what ends them all
 */
export async function openDaemons(prefix: string, finished: (end: () => Promise<void>) => void): Promise<Daemons> {
  const folder = await mkdtemp(join(shortTemporary(), prefix))
  await mkdir(join(folder, 'log'))
  const processes = new Map<string, ChildProcess>()
  const end = async (name: string) => {
    const child = processes.get(name)
    processes.delete(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  finished(async () => {
    await Promise.all([...processes.keys()].map(end))
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return {
    folder,
    end,
    async start(name, command, env) {
      const log = await open(join(folder, 'log', `${name}.out`), 'a')
      const own = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: userInfo().homedir, LANG: 'C.UTF-8', ...env }
      const [file = '', ...args] = inNamespaces(command)
      processes.set(name, spawn(file, args, { env: own, cwd: folder, stdio: ['ignore', log.fd, log.fd] }))
      await log.close()
    },
  }
}

/** Host name, mounts and processes of its own; the end of the process that it starts, or of this one, ends them all. */
export function inNamespaces(command: string[]): string[] {
  return ['setpriv', '--pdeathsig', 'KILL', 'unshare', '-mup', '--fork', '--kill-child', '--mount-proc', ...command]
}

/** Paths of sockets have at most 107 characters. */
const shortTemporary = () => (tmpdir().length > 50 ? '/tmp' : tmpdir())

/** Free ports, which stay so until they are released: below those that the kernel gives to others meanwhile. */
export async function takePorts(count: number): Promise<{ ports: number[]; release: () => Promise<void> }> {
  const taken = new Map<number, Server>()
  while (taken.size < count) {
    const port = randomInt(10_000, 32_000)
    const server = createServer()
    const isFree = await new Promise<boolean>(done => {
      server.once('error', () => done(false)).listen(port, () => done(true))
    })
    if (isFree) taken.set(port, server)
  }
  return {
    ports: [...taken.keys()],
    release: async () => {
      for (const server of taken.values()) await new Promise(done => server.close(done))
    },
  }
}
