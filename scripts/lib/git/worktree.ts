/** Worktrees of ours: made, put at a commit, and trusted only as far as nobody can have changed them. */
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Git, gitIn, retryWhileLocked } from './git.ts'

/**
 * A detached worktree of ours at a commit. What an earlier harness left at the same place, a stale lock or half a
 * checkout included, is replaced.
 */
export async function addWorktree(git: Git, path: string, commit: string): Promise<Git> {
  return worktreeAt({ repository: git, path, gitDir: await makeWorktree(git, path, commit) })
}

/** @returns where git keeps what it knows of the worktree */
async function makeWorktree(git: Git, path: string, commit: string): Promise<string> {
  await retryWhileLocked(async () => {
    // Mostly there is none; what stays of one, the next lines remove.
    await git.raw('worktree', 'remove', '--force', '--force', path).catch(() => {})
    await rm(path, { recursive: true, force: true })
    await git.raw('worktree', 'prune')
    await git.raw('worktree', 'add', '--force', '--detach', path, commit)
  })
  return (await pointsTo(path)) ?? ''
}

/** A worktree of ours as an earlier harness left it; null when it is not whole. */
export async function openWorktree(git: Git, path: string): Promise<Git | null> {
  const gitDir = await pointsTo(path)
  const common = await git.raw('rev-parse', '--path-format=absolute', '--git-common-dir')
  if (gitDir === null || dirname(gitDir) !== join(common, 'worktrees')) return null
  const worktree = worktreeAt({ repository: git, path, gitDir })
  return worktree.raw('rev-parse', '--verify', '--quiet', 'HEAD').then(
    () => worktree,
    () => null,
  )
}

/** What a worktree's .git file says; null when there is none, or something else in its place. */
async function pointsTo(path: string): Promise<string | null> {
  // An agent's programs run in there and may put anything in its place.
  const text = await readFile(join(path, '.git'), 'utf8').catch(() => '')
  return /^gitdir: (.+)\n$/.exec(text)?.[1] ?? null
}

interface Home {
  repository: Git
  path: string
  /** Changes when the worktree is made anew. */
  gitDir: string
}

const homes = new WeakMap<Git, Home>()

/**
 * Git in a worktree of ours, wherever its .git points by now. Programs that an agent wrote run in there: without the
 * file git would find the repository around it, which is somebody's checkout, and another file may name any.
 */
function worktreeAt(home: Home): Git {
  let known = home.gitDir
  let git = gitIn(home.path, true, known)
  const worktree: Git = {
    raw: (...args) => {
      if (known !== home.gitDir) {
        known = home.gitDir
        git = gitIn(home.path, true, known)
      }
      return git.raw(...args)
    },
  }
  homes.set(worktree, home)
  return worktree
}

/** Puts a worktree of ours exactly at a commit: tracked files reset, everything else but `keep` removed. */
export async function resetWorktree(worktree: Git, commit: string, keep: string[] = []): Promise<void> {
  const home = homes.get(worktree)
  if (home && ((await pointsTo(home.path)) !== home.gitDir || !existsSync(home.gitDir)))
    home.gitDir = await makeWorktree(home.repository, home.path, commit)
  await unlocked(worktree, () => worktree.raw('checkout', '--quiet', '--force', '--detach', commit))
  await worktree.raw('clean', '-ffdxq', ...keep.flatMap(path => ['-e', `/${path}`]))
}

/** Everything in a worktree that git does not ignore, as a tree object. */
export async function writeTree(worktree: Git): Promise<string> {
  await unlocked(worktree, () => worktree.raw('add', '--all'))
  return worktree.raw('write-tree')
}

// Nobody else works in our worktrees: a lock there was left by a git that was killed.
async function unlocked<T>(worktree: Git, work: () => Promise<T>): Promise<T> {
  return work().catch(async (error: unknown) => {
    if (!/index\.lock/.test(String(error))) throw error
    await rm(await worktree.raw('rev-parse', '--path-format=absolute', '--git-path', 'index.lock'), { force: true })
    return work()
  })
}
