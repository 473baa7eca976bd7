/**
 * Runs git with a fixed identity, without hooks, signing, editor and the environment variables that could redirect it.
 * Writes only refs of the session and worktrees under .nightshift/.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { ExecaError, execa } from 'execa'
import { Failure } from '../errors.ts'
import { readRegularFile } from '../files/read.ts'
import { untilStarted } from '../process/beforeStart.ts'
import { sanitizeText } from '../text.ts'
import { GitFailure, gitFailure, isForeign, saidBy, trustAdvice } from './failure.ts'
import { settingsVariables } from './settings.ts'

export interface Git {
  /** Runs git with these arguments. @returns standard output @throws {GitFailure} in git's words when it fails */
  raw(...args: string[]): Promise<string>
}

/** The null object ID: as the old value of update-ref it means that the ref must not exist. */
export const nullOid = '0'.repeat(40)

const config = [
  'core.hooksPath=/dev/null',
  'commit.gpgSign=false',
  'core.quotePath=false',
  'gc.auto=0',
  // Line endings stay as they are, so that a patch applies on every machine.
  'core.autocrlf=false',
  // Git would run in a submodule's folder, where a program of an agent may have put a repository with its own settings.
  'submodule.recurse=false',
  'core.fsmonitor=false',
  // These two files may say other than the commits and the files do.
  'core.commitGraph=false',
  'core.untrackedCache=false',
  // An index in one file, so that it can be copied.
  'core.splitIndex=false',
  // Branches in files, so that they can be written for an agent's repository.
  'init.defaultRefFormat=files',
]

/**
 * Git in one folder. Arguments are passed as a list, not through a shell.
 * @param trimmed whether white space around the output is removed
 * @param gitDir git directory of one of our worktrees; by default git searches from the folder upwards
 * @param variables of git's environment, e.g. another index
 */
export function gitIn(folder: string, trimmed = true, gitDir?: string, variables: Record<string, string> = {}): Git {
  const gitDirectory = gitDir === undefined ? {} : { GIT_DIR: gitDir, GIT_WORK_TREE: folder }
  const env = { ...ownEnvironment(), ...gitDirectory, ...variables }
  const envOf = (args: string[]) => (isOfPlaces(args) ? env : { ...settingsVariables(folder, gitDir), ...env })
  // In its own process group, so that Ctrl-C and SIGHUP do not kill git in the middle of a step.
  const options = {
    cwd: folder,
    extendEnv: false,
    stripFinalNewline: false,
    detached: true,
    reject: false,
  } as const
  return {
    raw: async (...args) => {
      const result = await untilStarted(() => execa('git', [...flags, ...args], { ...options, env: envOf(args) }))
      if (result instanceof ExecaError) throw gitFailure(args, folder, result)
      return trimmed ? result.stdout.trim() : result.stdout
    },
  }
}

/** Commands about where the repository is; they name its folders, and so are given the real ones. None of them runs a filter. */
const isOfPlaces = ([name = '', ...args]: string[]): boolean =>
  name === 'worktree' || (name === 'rev-parse' && args.some(arg => /^--git-(common-dir|path)$/.test(arg)))

/**
 * Untrimmed output of a git command that reads its standard input, e.g. more revisions than arguments may be long.
 * @param variables of git's environment, e.g. another index
 */
export async function gitWithInput(
  folder: string,
  args: readonly string[],
  input: string,
  variables: Record<string, string> = {},
): Promise<string> {
  const options = {
    cwd: folder,
    env: { ...ownEnvironment(), ...settingsVariables(folder), ...variables },
    extendEnv: false,
    stripFinalNewline: false,
    detached: true,
  } as const
  const result = await untilStarted(() => execa('git', [...flags, ...args], { ...options, input, reject: false }))
  if (result instanceof ExecaError) throw gitFailure(args, folder, result)
  return result.stdout
}

/** Output of a git command as it is, e.g. the content of a file. */
export async function gitBytes(folder: string, args: readonly string[]): Promise<Uint8Array> {
  const options = {
    cwd: folder,
    env: { ...ownEnvironment(), ...settingsVariables(folder) },
    extendEnv: false,
    stripFinalNewline: false,
    detached: true,
    encoding: 'buffer',
    reject: false,
  } as const
  const result = await untilStarted(() => execa('git', [...flags, ...args], options))
  if (result instanceof ExecaError) throw gitFailure(args, folder, result)
  return result.stdout
}

const flags = config.flatMap(entry => ['-c', entry])

/** Author and committer of the commits that the harness makes. */
export const identity = { NAME: 'Nightshift', EMAIL: 'nightshift@localhost' }

function ownEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'XDG_CONFIG_HOME', 'SystemRoot', 'USERPROFILE']
  const own = kept.flatMap(name => (process.env[name] ? [[name, process.env[name]] as const] : []))
  const who = ['AUTHOR', 'COMMITTER'].flatMap(role => [
    [`GIT_${role}_NAME`, identity.NAME] as const,
    [`GIT_${role}_EMAIL`, identity.EMAIL] as const,
  ])
  // In English, because errors are recognised by their text.
  const fixed = { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_REPLACE_OBJECTS: '1', LC_MESSAGES: 'C' }
  return { ...Object.fromEntries([...own, ...who]), ...fixed }
}

export interface Repository {
  /** Root of the user's checkout. */
  root: string
  git: Git
  /** Commit of HEAD when it was opened. */
  head: string
  /** Git's directory that all its worktrees share. */
  common: string
  /** Path of gc.pid, in which a running gc writes its pid and host. */
  gcPid: string
}

/**
 * The repository that contains a folder.
 * @throws {Failure} when there is none, it has no checkout or no commit, or git refuses it
 */
export async function openRepository(folder: string): Promise<Repository> {
  const git = gitIn(folder)
  const root = await git.raw('rev-parse', '--show-toplevel').catch((cause: unknown) => {
    throw whyNoRoot(folder, cause)
  })
  const head = await git.raw('rev-parse', '--verify', 'HEAD').catch((cause: unknown) => {
    if (!/Needed a single revision/.test(saidBy(cause))) throw cause
    throw new Failure(`${root} has no commit.`, 'Commit the files of the target: a session starts from HEAD.', {
      cause,
    })
  })
  const places = ['--path-format=absolute', '--git-path', 'gc.pid', '--git-common-dir']
  const [gcPid = '', common = ''] = (await git.raw('rev-parse', ...places)).split('\n')
  return { root, git: gitIn(root), head, common, gcPid }
}

function whyNoRoot(folder: string, cause: unknown): unknown {
  if (!(cause instanceof GitFailure)) return cause
  const { stderr } = cause
  if (isForeign(stderr)) {
    const root = /repository at '(.+)'/.exec(stderr)?.[1] ?? folder
    return new Failure(`${sanitizeText(root)} belongs to another user, so git refuses to read it.`, trustAdvice(root), {
      cause,
    })
  }
  if (stderr.includes('must be run in a work tree'))
    return new Failure(
      `${folder} is in a bare repository, or in a .git folder: it has no checkout.`,
      'Clone it, or `git worktree add` a checkout, and name the program.md there.',
      { cause },
    )
  if (!stderr.includes('not a git repository')) return cause
  // e.g. "not a git repository: /home/a/moved/.git/worktrees/x": the folder's .git file points nowhere.
  const named = /not a git repository: (.+)/.exec(stderr)?.[1]
  return named === undefined
    ? new Failure(`${folder} is not in a git repository.`, 'Run `git init` there and commit the files.', { cause })
    : new Failure(
        `${folder} has a .git file that names ${sanitizeText(named)}, where there is no repository.`,
        'Was the repository moved? `git worktree repair`, run in it, mends the file.',
        { cause },
      )
}

/**
 * Runs work that writes objects to which no ref points until it ends. If a concurrent gc prunes one of them, the work is
 * repeated, up to 10 times, with a fresh index, so that git writes every object again.
 */
export async function retryIfPruned<T>(worktree: Git, work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries >= 10 || !isPruned(error)) throw error
      await wait(50)
      await worktree.raw('read-tree', 'HEAD')
    }
  }
}

/** Whether an error of git says that an object is missing, which a concurrent gc may have pruned. */
export const isPruned = (error: unknown): boolean =>
  /(invalid|nonexistent|bad) object|not a valid (object|SHA1)|(unable to|could not) (read|write|create temporary)/i.test(
    saidBy(error),
  )

/**
 * Waits for a running gc, at most one minute, then checks the commit's objects: a gc that read the refs before the
 * commit's ref existed may prune them. A gc that starts later sees the ref.
 * @throws {Error} that `retryIfPruned` retries, when an object is missing
 */
export async function waitForGc({ git, gcPid }: Repository, commit: string): Promise<void> {
  // gc.pid may belong to another user, or a run put a pipe there: what cannot be read at once counts as missing.
  const readGcPid = () => readRegularFile(gcPid)
  const owner = await readGcPid()
  for (let tries = 0; owner !== null && tries < 1200 && (await readGcPid()) === owner; tries++) await wait(50)
  await git.raw('rev-list', '--objects', '--quiet', commit, '--not', `${commit}^`).catch((cause: unknown) => {
    throw new Error(`nonexistent object in ${commit}`, { cause })
  })
}

/** Points a ref at a commit. @param from the value it must have now; git fails otherwise */
export async function setRef(git: Git, ref: string, commit: string, from?: string): Promise<void> {
  await retryWhileLocked(() => git.raw('update-ref', ref, commit, ...(from === undefined ? [] : [from])))
}

/** Retries work, for at most 10 s, while another git process, e.g. a gc, holds a lock or removes worktrees. */
export async function retryWhileLocked<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (
        tries >= 20 ||
        !/cannot lock ref|Unable to create '.*\.lock'|\.git\/worktrees.*No such file/.test(saidBy(error)) ||
        /but expected|exists; cannot create/.test(saidBy(error))
      )
        throw error
      await wait(500)
    }
  }
}

export interface Change {
  path: string
  /** Octal file mode, e.g. 100644; 000000: the file does not exist; 120000: symlink. */
  before: string
  after: string
}

export interface Changes {
  changed: Change[]
  /** Lines; those of binary files are not counted. */
  added: number
  removed: number
}

/** What differs between two trees; a rename is a removal and an addition. */
export async function changes(git: Git, from: string, to: string): Promise<Changes> {
  const raw = await git.raw('diff-tree', '-r', '-z', '--raw', '--numstat', '--no-renames', from, to)
  // e.g. ":100644 100644 <sha> <sha> M\0trainer/train.py\0", for each file, then "3\t1\ttrainer/train.py\0"
  const parts = raw.split('\0')
  const found: Changes = { changed: [], added: 0, removed: 0 }
  let i = 0
  for (; parts[i]?.startsWith(':'); i += 2) {
    const [before = '', after = ''] = (parts[i] ?? '').slice(1).split(' ')
    found.changed.push({ path: parts[i + 1] ?? '', before, after })
  }
  for (const line of parts.slice(i)) {
    const [added, removed] = line.split('\t')
    found.added += Number(added) || 0
    found.removed += Number(removed) || 0
  }
  return found
}

/**
 * The patch between two trees, untrimmed, as `git apply` needs it.
 * @param folder in a checkout of the repository that no agent writes to
 * @returns null when the patch is longer than `limit` bytes
 */
export async function patchBetween(folder: string, from: string, to: string): Promise<string>
export async function patchBetween(folder: string, from: string, to: string, limit: number): Promise<string | null>
export async function patchBetween(folder: string, from: string, to: string, limit = 2 ** 28): Promise<string | null> {
  const how = ['--full-index', '--binary', '--no-ext-diff', '--no-textconv', '--no-renames']
  const result = await untilStarted(() =>
    execa('git', [...flags, 'diff-tree', '-r', '-p', ...how, from, to], {
      cwd: folder,
      env: { ...ownEnvironment(), ...settingsVariables(folder) },
      extendEnv: false,
      stripFinalNewline: false,
      detached: true,
      maxBuffer: { stdout: limit },
      reject: false,
    }),
  )
  if (result.isMaxBuffer) return null
  if (result instanceof ExecaError) throw gitFailure(['diff-tree'], folder, result)
  return result.stdout
}
