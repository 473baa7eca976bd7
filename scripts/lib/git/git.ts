/**
 * Git, by plumbing: an identity of our own, no hooks, no signing, no editor, and nothing of the user's environment
 * that could redirect it. Only refs of the session and worktrees under .nightshift/ are ever written.
 */

import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { Failure } from '../errors.ts'

export interface Git {
  /** Runs git with these arguments; its standard output. @throws with git's words when it fails */
  raw(...args: string[]): Promise<string>
}

/** The null object: "the ref must not exist yet" for update-ref. */
export const absent = '0'.repeat(40)

const config = [
  'core.hooksPath=/dev/null',
  'commit.gpgSign=false',
  'core.quotePath=false',
  'gc.auto=0',
  // LF stays LF: a patch must apply on another machine as it was measured here.
  'core.autocrlf=false',
]

/**
 * Git in one folder. Arguments always travel as a list, never through a shell.
 * @param trimmed whether white space around the output is removed
 * @param gitDir of a worktree of ours; else git looks for it from the folder upwards
 */
export function gitIn(folder: string, trimmed = true, gitDir?: string): Git {
  const place = gitDir === undefined ? {} : { GIT_DIR: gitDir, GIT_WORK_TREE: folder }
  const env = { ...ownEnvironment(), ...place }
  // In a process group of its own: Ctrl-C and a closed terminal's hang-up do not end it in the middle of a step.
  const how = { cwd: folder, env, extendEnv: false, stripFinalNewline: false, detached: true }
  return {
    raw: async (...args) => {
      const { stdout } = await execa('git', [...flags, ...args], how)
      return trimmed ? stdout.trim() : stdout
    },
  }
}

const flags = config.flatMap(entry => ['-c', entry])

const identity = { NAME: 'Nightshift', EMAIL: 'nightshift@localhost' }

function ownEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'XDG_CONFIG_HOME', 'SystemRoot', 'USERPROFILE']
  const own = kept.flatMap(name => (process.env[name] ? [[name, process.env[name]] as const] : []))
  const who = ['AUTHOR', 'COMMITTER'].flatMap(role => [
    [`GIT_${role}_NAME`, identity.NAME] as const,
    [`GIT_${role}_EMAIL`, identity.EMAIL] as const,
  ])
  return Object.fromEntries([...own, ...who, ['GIT_TERMINAL_PROMPT', '0'], ['GIT_OPTIONAL_LOCKS', '0']])
}

export interface Repository {
  /** Folder of the user's checkout. */
  root: string
  git: Git
  /** Commit of HEAD when it was opened. */
  head: string
  /** The file that a gc under way keeps, with its pid and machine. */
  gcPid: string
}

/** The repository that holds a folder. @throws {Failure} when there is none, or no commit yet. */
export async function openRepository(folder: string): Promise<Repository> {
  const git = gitIn(folder)
  const root = await git.raw('rev-parse', '--show-toplevel').catch((cause: unknown) => {
    if (!String(cause).includes('not a git repository')) throw cause
    throw new Failure(
      `${folder} is not in a git repository.`,
      'Put the program under git: `git init`, then commit it.',
      {
        cause,
      },
    )
  })
  const head = await git.raw('rev-parse', '--verify', 'HEAD').catch((cause: unknown) => {
    throw new Failure(`${root} has no commit yet.`, 'Commit the files of the target; a session starts from HEAD.', {
      cause,
    })
  })
  const gcPid = await git.raw('rev-parse', '--path-format=absolute', '--git-path', 'gc.pid')
  return { root, git: gitIn(root), head, gcPid }
}

/**
 * Does work whose objects no ref holds until its end. A gc that prunes at once may take one of them meanwhile; then
 * all is written again, from an index that has no file stamped as known.
 */
export async function unpruned<T>(worktree: Git, work: () => Promise<T>): Promise<T> {
  const gone =
    /(invalid|nonexistent|bad) object|not a valid (object|SHA1)|(unable to|could not) (read|write|create temporary)/i
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries >= 10 || !gone.test(String(error))) throw error
      await wait(50)
      await worktree.raw('read-tree', 'HEAD')
    }
  }
}

/**
 * A gc that looked at the refs before this commit had one may still take its objects: its end is waited for, a minute
 * at most, then they are looked for. One that began later knows the ref.
 * @throws {Error} that `unpruned` knows, when one is gone
 */
export async function outlastGc({ git, gcPid }: Repository, commit: string): Promise<void> {
  // The file is git's own, and may be another user's: one that does not read says no more than none.
  const collecting = () => readFile(gcPid, 'utf8').catch(() => null)
  const owner = await collecting()
  for (let tries = 0; owner !== null && tries < 1200 && (await collecting()) === owner; tries++) await wait(50)
  await git.raw('rev-list', '--objects', '--quiet', commit, '--not', `${commit}^`).catch((cause: unknown) => {
    throw new Error(`nonexistent object in ${commit}`, { cause })
  })
}

/** Points a ref at a commit; `from` is what it must have been until now. */
export async function setRef(git: Git, ref: string, commit: string, from?: string): Promise<void> {
  await patiently(() => git.raw('update-ref', ref, commit, ...(from === undefined ? [] : [from])))
}

/** Another git, a gc say, holds a lock or clears up for a moment: waited for, ten seconds at most. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (
        tries >= 20 ||
        !/cannot lock ref|Unable to create '.*\.lock'|\.git\/worktrees.*No such file/.test(String(error)) ||
        /but expected/.test(String(error))
      )
        throw error
      await wait(500)
    }
  }
}

export interface Change {
  path: string
  /** Octal file modes, e.g. 100644; 000000 where the file does not exist, 120000 for a symlink. */
  before: string
  after: string
}

/** What differs between two trees, renames as a removal and an addition. */
export async function changes(git: Git, from: string, to: string): Promise<Change[]> {
  const raw = await git.raw('diff-tree', '-r', '-z', '--raw', '--no-renames', from, to)
  // e.g. ":100644 100644 <sha> <sha> M\0trainer/train.py\0"
  const parts = raw.split('\0')
  const found: Change[] = []
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [before = '', after = ''] = (parts[i] ?? '').replace(/^:/, '').split(' ')
    found.push({ path: parts[i + 1] ?? '', before, after })
  }
  return found
}

/** Lines added and removed between two trees; a binary file counts as none. */
export async function countLines(git: Git, from: string, to: string): Promise<{ added: number; removed: number }> {
  const raw = await git.raw('diff-tree', '-r', '--numstat', '--no-renames', from, to)
  let [added, removed] = [0, 0]
  for (const line of raw.split('\n')) {
    const [a, r] = line.split('\t')
    added += Number(a) || 0
    removed += Number(r) || 0
  }
  return { added, removed }
}

/**
 * The patch between two trees, as `git apply` takes it: to the last blank.
 * @param folder of a checkout of the repository that no agent writes into
 * @returns null when it is longer than `limit` bytes
 */
export async function patchBetween(folder: string, from: string, to: string): Promise<string>
export async function patchBetween(folder: string, from: string, to: string, limit: number): Promise<string | null>
export async function patchBetween(folder: string, from: string, to: string, limit = 2 ** 28): Promise<string | null> {
  const how = ['--full-index', '--binary', '--no-ext-diff', '--no-textconv', '--no-renames']
  const result = await execa('git', [...flags, 'diff-tree', '-r', '-p', ...how, from, to], {
    cwd: folder,
    env: ownEnvironment(),
    extendEnv: false,
    stripFinalNewline: false,
    detached: true,
    maxBuffer: { stdout: limit },
    reject: false,
  })
  if (result.isMaxBuffer) return null
  if (result.failed) throw new Error(result.stderr, { cause: result })
  return result.stdout
}
