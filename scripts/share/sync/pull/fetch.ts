/** Copies branches of sessions from the remote into our repository. */
import { GitFailure } from '../../../lib/git/failure.ts'
import { branchPrefix, syncFailure } from '../refs.ts'
import { fetchedRef, remoteName, type ShareRepository } from '../repository.ts'

/** A branch's name as we make it; another one may be anything, also one of two folders. */
export const isBranchName = (name: string): boolean => /^sessions\/[A-Za-z0-9][\w.-]{0,120}$/.test(name)

/**
 * @param names of branches, e.g. "sessions/h200-abcd"
 * @param tips their newest commits
 * @returns the commits that are here now: they may have moved since they were listed
 * @throws {Failure} when they cannot be fetched
 */
export async function fetchBranches(
  share: ShareRepository,
  names: string[],
  tips: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const before = await fetchedTips(share)
  const moved = names.filter(name => before.get(name) !== tips.get(name))
  if (moved.length === 0) return before
  await fetchMoved(share, moved)
  return fetchedTips(share)
}

async function fetchMoved({ userGit, address }: ShareRepository, names: string[]): Promise<void> {
  const args = ['fetch', '--no-tags', '--no-recurse-submodules', '--progress', remoteName]
  const refs = names.map(name => `+refs/heads/${name}:${fetchedRef(name)}`)
  const { ok, stderr } = await userGit([...args, ...refs])
  if (!ok) throw syncFailure('fetch the sessions of', address, stderr)
}

async function fetchedTips({ git }: ShareRepository): Promise<Map<string, string>> {
  const refs = await git.raw('for-each-ref', '--format=%(objectname) %(refname)', fetchedRef(branchPrefix))
  const lines = refs.split('\n').map(line => line.split(' '))
  return new Map(lines.map(([tip = '', ref = '']) => [ref.slice(fetchedRef('').length), tip]))
}

/** Whether a commit was only added to since: `before` is part of the history of `now`. */
export async function isContinued({ git }: ShareRepository, before: string, now: string): Promise<boolean> {
  try {
    await git.raw('merge-base', '--is-ancestor', before, now)
    return true
  } catch (error) {
    // 1: it is not; 128: the commit is not there at all.
    if (error instanceof GitFailure && (error.exitCode === 1 || error.exitCode === 128)) return false
    throw error
  }
}
