/**
 * Git on a foreign repository: a bare copy in a temporary folder, made without hooks, filters, submodules or
 * credentials and with one protocol only, and read with plumbing commands. Nothing is ever checked out.
 */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'

export interface ForeignGit {
  /** Standard output of git; null if it failed or printed more than `maxBytes`. */
  read(args: string[], maxBytes?: number): Promise<Buffer | null>
}

export interface Limits {
  /** Size of the bare copy. */
  bytes: number
  seconds: number
}
export const DEFAULT_LIMITS: Limits = { bytes: 2 * 2 ** 30, seconds: 300 }

export type Protocol = 'file' | 'https' | 'http' | 'ssh' | 'git'

/**
 * Copies a repository or bundle, calls `work` with the copy, and removes it.
 * @throws {Failure} if git cannot copy it, or it exceeds a limit
 */
export async function withCopy<T>(
  from: string,
  protocol: Protocol,
  work: (git: ForeignGit) => Promise<T>,
  limits = DEFAULT_LIMITS,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'nightshift-collect-'))
  try {
    const env = await closedEnvironment(home, protocol)
    const copy = join(home, 'copy.git')
    await clone(from, copy, env, limits)
    return await work(reader(copy, env))
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** The only git configuration, in a file so that programs started by git use it too; the user's is ignored. */
async function closedEnvironment(home: string, protocol: Protocol): Promise<Record<string, string>> {
  const config = join(home, 'gitconfig')
  await mkdir(join(home, 'template'))
  await writeFile(
    config,
    `[core]
	hooksPath = ${devNull}
	fsmonitor = false
	attributesFile = ${devNull}
	askPass =
	symlinks = false
[protocol]
	allow = never
[protocol "${protocol}"]
	allow = always
[submodule]
	recurse = false
[fetch]
	recurseSubmodules = false
[credential]
	helper =
[safe]
	directory = *
[gc]
	auto = 0
[maintenance]
	auto = false
[init]
	templateDir = ${join(home, 'template')}
[pack]
	threads = 2
`,
  )
  const passedVariables = [
    'PATH',
    'TMPDIR',
    'SystemRoot',
    'SSH_AUTH_SOCK',
    'HTTPS_PROXY',
    'https_proxy',
    'HTTP_PROXY',
    'http_proxy',
    'NO_PROXY',
    'no_proxy',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'GIT_SSL_CAINFO',
  ]
  return {
    ...Object.fromEntries(passedVariables.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : []))),
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: config,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
  }
}

async function clone(from: string, copy: string, env: Record<string, string>, limits: Limits): Promise<void> {
  const tooLarge = new AbortController()
  const sizeCheck = setInterval(() => {
    void sizeOf(copy).then(bytes => bytes > limits.bytes && tooLarge.abort())
  }, 500)
  // --no-local: copies through git's protocol instead of hard-linking another repository's files.
  const result = await execa('git', ['clone', '--bare', '--quiet', '--no-local', '--no-tags', '--', from, copy], {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: limits.seconds * 1000,
    cancelSignal: tooLarge.signal,
    cleanup: true,
    cwd: tmpdir(),
  }).finally(() => clearInterval(sizeCheck))
  const shown = sanitizeText(withoutCredentials(from), 300)
  if (tooLarge.signal.aborted || (await sizeOf(copy)) > limits.bytes)
    throw new Failure(
      `${shown} has more than ${Math.round(limits.bytes / 2 ** 20)} MB.`,
      'Collect only its results table.',
    )
  if (result.timedOut)
    throw new Failure(`${shown} was not copied within ${limits.seconds} s.`, 'Clone it by hand and collect the folder.')
  if (result.failed)
    throw new Failure(
      `git could not copy ${shown}: ${sanitizeText(withoutCredentials(result.stderr.split('\n').findLast(line => line !== '') ?? ''), 300)}`,
      'Give the path or address of a repository or bundle. Where it needs a password, clone it by hand and collect the folder.',
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

function reader(copy: string, env: Record<string, string>): ForeignGit {
  return {
    read: async (args, maxBytes = 64 * 2 ** 20) => {
      const result = await execa('git', ['--git-dir', copy, '--no-pager', '--literal-pathspecs', ...args], {
        env,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
        timeout: 60_000,
        cwd: copy,
        encoding: 'buffer',
        maxBuffer: maxBytes,
        stripFinalNewline: false,
      })
      return result.failed ? null : Buffer.from(result.stdout)
    },
  }
}

/** Removes user and password from addresses. */
export const withoutCredentials = (text: string): string => text.replace(/(\w+:\/\/)[^/@\s]*@/g, '$1')
