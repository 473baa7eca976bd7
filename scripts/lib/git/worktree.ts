/** Creates and resets worktrees under .nightshift/, in which programs of an agent may have changed any file. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isFolder } from '../files/listFiles.ts'
import { readRegularFile } from '../files/read.ts'
import { freePath, removeTree } from '../files/remove.ts'
import { agentMark, listRefs, putAgentRepository } from './agentRepository.ts'
import { saidBy } from './failure.ts'
import { whyNotCheckedOut } from './filters.ts'
import { type Git, gitIn, isPruned, retryWhileLocked } from './git.ts'
import { removeIrregular } from './irregular.ts'

/**
 * Creates a detached worktree at a commit. Replaces whatever is at the path, a stale lock or a partial checkout included.
 * @throws {Failure} when git cannot check the commit out
 */
export async function addWorktree(git: Git, path: string, commit: string): Promise<Git> {
  return worktreeAt({ repository: git, path, gitDir: await createWorktree(git, path, commit), isAgents: false })
}

/** The same for an agent: its `.git` is a repository of the agent's own, made anew by each `resetWorktree`. */
export async function addAgentWorktree(git: Git, path: string, commit: string): Promise<Git> {
  const gitDir = await createWorktree(git, path, commit)
  const worktree = worktreeAt({ repository: git, path, gitDir, isAgents: true })
  await putAgentRepository(path, gitDir, await listRefs(worktree))
  return worktree
}

/** @returns the git directory of the worktree */
async function createWorktree(git: Git, path: string, commit: string): Promise<string> {
  return retryWhileLocked(async () => {
    await removeWorktree(git, path)
    await git.raw('worktree', 'add', '--force', '--force', '--no-checkout', '--detach', path, commit)
    const gitDir = (await readGitDir(path)) ?? ''
    // Checked out with the settings that are kept, which `worktree add` does not read.
    await gitIn(path, true, gitDir).raw('reset', '--hard', '--quiet')
    return gitDir
  }).catch(async (cause: unknown) => {
    await removeWorktree(git, path)
    throw await whyNotCheckedOut(git, cause)
  })
}

/**
 * Removes a worktree's files, and then what git knows of it. Not by `git worktree prune`, which would forget a worktree of
 * the user's too, when it lies on a disk that is not mounted.
 */
export async function removeWorktree(git: Git, path: string): Promise<void> {
  await freePath(path)
  // Fails when git knows of none there, which is the usual case.
  await git.raw('worktree', 'remove', '--force', '--force', path).catch(() => {})
}

/** Opens a worktree that an earlier harness left, without resetting it; null when it is damaged. */
export async function openWorktree(git: Git, path: string): Promise<Git | null> {
  const gitDir = await readGitDir(path)
  const common = await git.raw('rev-parse', '--path-format=absolute', '--git-common-dir')
  if (gitDir === null || dirname(gitDir) !== join(common, 'worktrees')) return null
  const worktree = worktreeAt({ repository: git, path, gitDir, isAgents: false })
  return worktree.raw('rev-parse', '--verify', '--quiet', 'HEAD').then(
    () => worktree,
    () => null,
  )
}

/** The git directory that a worktree's .git file names; null when the file is missing or invalid. */
async function readGitDir(path: string, file = '.git'): Promise<string | null> {
  // Programs of an agent run in the worktree and may have replaced the file.
  const text = (await readRegularFile(join(path, file), 2 ** 16)) ?? ''
  return /^gitdir: (.+)\n$/.exec(text)?.[1] ?? null
}

interface ManagedWorktree {
  repository: Git
  path: string
  /** Changes when the worktree is created again. */
  gitDir: string
  /** Whether its `.git` is a repository of an agent's. */
  isAgents: boolean
}

const worktrees = new WeakMap<Git, ManagedWorktree>()

/**
 * Git in a worktree, independent of its .git file. Programs of an agent may delete or change that file; git would then
 * use the repository around it, which is the user's checkout, or any other.
 */
function worktreeAt(managed: ManagedWorktree): Git {
  let gitDir = managed.gitDir
  let git = gitIn(managed.path, true, gitDir)
  const worktree: Git = {
    raw: (...args) => {
      if (gitDir !== managed.gitDir) {
        gitDir = managed.gitDir
        git = gitIn(managed.path, true, gitDir)
      }
      return git.raw(...args)
    },
  }
  worktrees.set(worktree, managed)
  return worktree
}

/** Resets a worktree to a commit and removes every other file except `keep`, ignored files included. */
export async function resetWorktree(worktree: Git, commit: string, keep: string[] = []): Promise<void> {
  const managed = worktrees.get(worktree)
  if (managed && !((await isWhole(managed)) && (await removeIrregular(managed.path))))
    await createAgain(managed, commit)
  const checkingOut = checkOut(worktree, commit, keep).catch(async (error: unknown) => {
    // What a program left cannot always be removed in place, e.g. in a folder without rights or with too long a path.
    if (!managed || isPruned(error)) throw error
    await createAgain(managed, commit)
  })
  const listing = managed?.isAgents ? listRefs(managed.repository) : ''
  const [refs] = await Promise.all([listing, checkingOut])
  if (managed?.isAgents) await putAgentRepository(managed.path, managed.gitDir, refs)
}

/** Creates a worktree again at a commit, with a new index; `resetWorktree` keeps what the index says of unchanged files. */
export async function recreateWorktree(worktree: Git, commit: string): Promise<void> {
  const managed = worktrees.get(worktree)
  if (managed) await createAgain(managed, commit)
}

async function createAgain(managed: ManagedWorktree, commit: string): Promise<void> {
  managed.gitDir = await createWorktree(managed.repository, managed.path, commit)
}

async function checkOut(worktree: Git, commit: string, keep: string[]): Promise<void> {
  await removingStaleLock(worktree, () => worktree.raw('checkout', '--quiet', '--force', '--detach', commit))
  await worktree.raw('clean', '-ffdxq', ...keep.flatMap(path => ['-e', `/${path}`]))
}

/** Whether the path still holds this worktree, and not, by a link for example, the user's checkout. */
async function isWhole({ path, gitDir, isAgents }: ManagedWorktree): Promise<boolean> {
  // The mark alone does not tell: a program that can write into the checkout may have put one there.
  return (
    (await isFolder(path)) && existsSync(gitDir) && (await readGitDir(path, isAgents ? agentMark : '.git')) === gitDir
  )
}

/**
 * Writes the worktree's files, except ignored ones, as a tree object. A submodule stays as it is in the index, also one
 * that `add` made of a nested repository: git would look for changes in its folder with the settings that it finds there,
 * which may name programs.
 * @param submodules of the index, where they are known
 * @returns its ID
 */
export async function writeTree(worktree: Git, submodules?: string[]): Promise<string> {
  submodules ??= await submodulesInIndex(worktree)
  const except = submodules.map(path => `:(top,exclude,literal)${path}`)
  const paths = except.length === 0 ? [] : ['--', ':(top)', ...except]
  await removingStaleLock(worktree, () => worktree.raw('add', '--all', ...paths))
  return worktree.raw('write-tree')
}

/** Paths of submodules in the worktree's index. */
export async function submodulesInIndex(worktree: Git): Promise<string[]> {
  // e.g. "160000 <sha> 0\tlib\0"
  const raw = await worktree.raw('ls-files', '--stage', '-z')
  return raw.split('\0').flatMap(line => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : []))
}

// No other process uses these worktrees, so a lock there was left by a killed git.
async function removingStaleLock<T>(worktree: Git, work: () => Promise<T>): Promise<T> {
  return work().catch(async (error: unknown) => {
    if (!/index\.lock/.test(saidBy(error))) throw error
    await removeTree(await worktree.raw('rev-parse', '--path-format=absolute', '--git-path', 'index.lock'))
    return work()
  })
}
