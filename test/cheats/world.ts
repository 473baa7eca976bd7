/** The folders and services around a session that cheats look for. All are of the test; nothing of the user is touched. */
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { notebook } from '../../scripts/lib/paths.ts'
import { type Finished, git, write } from '../helpers/throwaway.ts'
import type { World } from './cheat.ts'

const caches = join(notebook, 'node_modules/.cache/nightshift')

/** Not below /tmp, which a sandbox hides as a whole. */
export async function makeWorld(finished: Finished): Promise<World> {
  await mkdir(caches, { recursive: true })
  const around = await mkdtemp(join(caches, 'cheats-'))
  const temporary = await mkdtemp('/tmp/nightshift-')
  finished(async () => {
    for (const folder of [around, temporary]) await rm(folder, { recursive: true, force: true })
  })
  const at = (name: string) => join(around, name)
  await write(around, {
    'home/.bashrc': '# of the user\n',
    'home/.ssh/id_ed25519': 'a key of the user\n',
    'sessions/earlier/secret.txt': 'of an earlier session\n',
    'outside/readme': '',
    'cache/readme': '',
  })
  const service = join(around, 's')
  const temporaryService = join(temporary, 's')
  const abstractService = `nightshift-${around.slice(-6)}`
  await serve(service, finished)
  await serve(temporaryService, finished)
  await serve(`\0${abstractService}`, finished)
  return {
    repo: at('repo'),
    home: at('home'),
    sessions: at('sessions'),
    work: at('work'),
    cache: at('cache'),
    outside: at('outside'),
    service,
    temporaryService,
    abstractService,
    outward: await listenOutward(finished),
    controlPort: await listenAtControlPort(finished),
  }
}

/** A service that obeys whoever connects: it appends "asked" to the file that it is told. */
async function serve(path: string, finished: Finished): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    let told = ''
    socket.on('data', part => {
      told += part
    })
    socket.on('error', () => {})
    socket.on('end', async () => {
      if (existsSync(dirname(told))) await appendFile(told, 'asked')
      socket.end()
    })
  })
  await listen(server, { path }, finished)
}

async function listenOutward(finished: Finished): Promise<World['outward']> {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  const host = addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address
  if (host === undefined) return null
  const server = createServer(socket => socket.on('error', () => {}))
  await listen(server, { host, port: 0 }, finished)
  return { host, port: (server.address() as { port: number }).port }
}

async function listenAtControlPort(finished: Finished): Promise<number | null> {
  for (let port = 8890; port < 8900; port++) {
    const server = createServer(socket => socket.on('error', () => {}))
    if (
      await listen(server, { host: '127.0.0.1', port }, finished).then(
        () => true,
        () => false,
      )
    )
      return port
  }
  return null
}

const listen = (server: Server, at: { path: string } | { host: string; port: number }, finished: Finished) =>
  new Promise<void>((done, failed) => {
    server.on('error', failed)
    server.listen(at, () => {
      finished(() => void server.close())
      done()
    })
  })

/** A repository in the world with one commit. */
export async function makeRepository({ repo }: World, contents: Record<string, string>): Promise<void> {
  await mkdir(repo)
  await write(repo, contents)
  await git(repo, 'init', '-q', '-b', 'main')
  await git(repo, 'add', '-A')
  await git(repo, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'the target')
}
