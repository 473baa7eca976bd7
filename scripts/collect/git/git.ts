/**
 * Git on a foreign repository. A folder is read where it is, from an empty repository of our own that only borrows its
 * objects, so its configuration, hooks and remotes have no effect; an address or a bundle is copied first. Only
 * plumbing reads it, and nothing is ever checked out.
 */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import { closedEnvironment, type Protocol } from './environment.ts'
import { openFolder } from './folder.ts'
import { type Objects, openObjects } from './objects.ts'

export type { Protocol } from './environment.ts'

export interface ForeignGit {
  /** Standard output of git, or why there is none. */
  run(args: string[], options?: RunOptions): Promise<Output>
  objects: Objects
  /** What `git ls-remote --symref` prints. */
  refs: string
  /** Whether it is a shallow clone: commits before some are missing. */
  shallow: boolean
  /** Whether it is a partial clone: files or folders may be missing. */
  partial: boolean
}

export interface RunOptions {
  input?: string
  maxBytes?: number
}

export type Output = { bytes: Buffer } | { failed: 'size' | 'time' | 'git'; message: string }

export interface Limits {
  /** Size of the copy of an address or a bundle. */
  bytes: number
  /** Time to copy it; branches are listed within a minute of it. */
  seconds: number
}
export const DEFAULT_LIMITS: Limits = { bytes: 2 * 2 ** 30, seconds: 300 }

/**
 * Calls `work` with a repository or bundle, and removes what was copied.
 * @throws {Failure} if git cannot read it, or it exceeds a limit
 */
export async function withGit<T>(
  from: string,
  protocol: Protocol,
  work: (git: ForeignGit) => Promise<T>,
  limits = DEFAULT_LIMITS,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'nightshift-collect-'))
  let objects: Objects | null = null
  try {
    const env = await closedEnvironment(home, protocol)
    const own = join(home, 'own.git')
    const isFolder = protocol === 'file' && (await stat(from).catch(() => null))?.isDirectory() === true
    const git = isFolder ? await borrow(from, own, env, limits) : await copy(from, own, env, limits)
    objects = git.objects
    return await work(git)
  } finally {
    objects?.close()
    await rm(home, { recursive: true, force: true })
  }
}

async function borrow(from: string, own: string, env: Record<string, string>, limits: Limits): Promise<ForeignGit> {
  const { objects, shallow, partial } = await openFolder(from)
  const refs = await listRefs(from, from, env, limits)
  const format = /^[0-9a-f]{64}\t/m.test(refs) ? ['--object-format=sha256'] : []
  const made = await execa('git', ['init', '--bare', '--quiet', ...format, own], { ...how(env), cwd: tmpdir() })
  if (made.failed) throw noGit(made) ?? new Failure(`git init failed: ${reasonIn(made.stderr)}`, 'Is the disk full?')
  if (shallow !== null) await writeFile(join(own, 'shallow'), `${shallow}\n`)
  return reader(own, { ...env, GIT_OBJECT_DIRECTORY: objects }, { refs, shallow: shallow !== null, partial })
}

async function copy(from: string, own: string, env: Record<string, string>, limits: Limits): Promise<ForeignGit> {
  await clone(from, own, env, limits)
  return reader(own, env, { refs: await listRefs(own, from, env, limits), shallow: false, partial: false })
}

/** @param shown what messages call it */
async function listRefs(path: string, shown: string, env: Record<string, string>, limits: Limits): Promise<string> {
  const seconds = Math.min(limits.seconds, 60)
  const listing = execa('git', ['ls-remote', '--symref', '--quiet', '--', path], {
    ...how(env),
    cwd: tmpdir(),
    maxBuffer: 64 * 2 ** 20,
    // In its own process group, because the process that reads the repository may wait for a pipe in it for ever.
    detached: true,
    cleanup: false,
  })
  let isLate = false
  const late = setTimeout(() => {
    isLate = true
    if (listing.pid !== undefined) process.kill(-listing.pid, 'SIGKILL')
  }, seconds * 1000)
  const result = await listing.finally(() => clearTimeout(late))
  if (!result.failed) return result.stdout
  const why = isLate
    ? `it did not answer within ${seconds} s.`
    : result.isMaxBuffer
      ? 'it has too many branches.'
      : reasonIn(result.stderr)
  throw (
    noGit(result) ??
    new Failure(
      `git cannot read ${sanitizeText(withoutCredentials(shown), 300)}: ${why}`,
      'Give the path or address of a repository or bundle, or collect only its results table.',
    )
  )
}

const how = (env: Record<string, string>) =>
  ({ env, extendEnv: false, reject: false, stdin: 'ignore', cleanup: true }) as const

const noGit = ({ code }: { code?: string | undefined }): Failure | null =>
  code === 'ENOENT' ? new Failure('git was not found.', 'Install git, or collect only the results table.') : null

/** The line of git's messages that says why it failed: the first error, since later ones follow from it. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n').filter(line => line.trim() !== '')
  const line =
    lines.find(
      text => /^(?:remote: )?(?:fatal|error): /i.test(text) && !/early EOF|index-pack|unpack-objects/.test(text),
    ) ?? lines.at(-1)
  return sanitizeText(withoutCredentials(line ?? 'it said nothing'), 300)
}

async function clone(from: string, copy: string, env: Record<string, string>, limits: Limits): Promise<void> {
  const tooLarge = new AbortController()
  const sizeCheck = setInterval(() => {
    void sizeOf(copy).then(bytes => bytes > limits.bytes && tooLarge.abort())
  }, 500)
  const result = await execa('git', ['clone', '--bare', '--quiet', '--no-local', '--no-tags', '--', from, copy], {
    ...how(env),
    timeout: limits.seconds * 1000,
    cancelSignal: tooLarge.signal,
    cwd: tmpdir(),
  }).finally(() => clearInterval(sizeCheck))
  const shown = sanitizeText(withoutCredentials(from), 300)
  if (tooLarge.signal.aborted || (await sizeOf(copy)) > limits.bytes)
    throw new Failure(
      `${shown} has more than ${Math.round(limits.bytes / 2 ** 20)} MB.`,
      'Clone it by hand and collect the folder, or collect only its results table.',
    )
  if (result.timedOut)
    throw new Failure(`${shown} was not copied within ${limits.seconds} s.`, 'Clone it by hand and collect the folder.')
  if (!result.failed) return
  throw (
    noGit(result) ??
    new Failure(
      `git could not copy ${shown}: ${reasonIn(result.stderr)}`,
      'Give the path or address of a repository or bundle. Where it needs a password, clone it by hand and collect the folder.',
    )
  )
}

async function sizeOf(folder: string): Promise<number> {
  // Git creates and removes files in it meanwhile.
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  const sizes = entries
    .filter(entry => entry.isFile())
    .map(entry =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

function reader(
  own: string,
  env: Record<string, string>,
  about: Pick<ForeignGit, 'refs' | 'shallow' | 'partial'>,
): ForeignGit {
  const flags = ['--git-dir', own, '--no-pager']
  return {
    ...about,
    objects: openObjects(flags, env, own),
    run: async (args, { input = '', maxBytes = 64 * 2 ** 20 } = {}) => {
      const result = await execa('git', [...flags, ...args], {
        env,
        extendEnv: false,
        reject: false,
        input,
        timeout: 60_000,
        cwd: own,
        encoding: 'buffer',
        maxBuffer: maxBytes,
        stripFinalNewline: false,
      })
      if (!result.failed) return { bytes: Buffer.from(result.stdout) }
      const failed = result.isMaxBuffer ? 'size' : result.timedOut ? 'time' : 'git'
      return { failed, message: reasonIn(Buffer.from(result.stderr ?? []).toString('utf8')) }
    },
  }
}

/** Removes user and password from addresses. */
export const withoutCredentials = (text: string): string => text.replace(/(\w+:\/\/)[^/@\s]*@/g, '$1')
