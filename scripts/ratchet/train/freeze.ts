/** Which files are frozen. `frozenHashes.ts` has their content. */
import { Failure } from '../../lib/errors.ts'
import type { Git } from '../../lib/git/git.ts'

/**
 * Returns the frozen paths: `freeze`, or every tracked file that is not in `edit`.
 * @throws {Failure} when a path of `edit` or `freeze` is not tracked.
 */
export async function frozenPaths(
  git: Git,
  commit: string,
  edit: string[],
  freeze: string[] | null,
): Promise<string[]> {
  const tracked = await trackedFiles(git, commit)
  const missing = [...edit, ...(freeze ?? [])].find(path => !tracked.includes(path))
  if (missing)
    throw new Failure(
      `${missing} is not tracked at HEAD.`,
      'Name committed files in edit and freeze; check the spelling.',
    )
  return freeze ?? tracked.filter(path => !edit.includes(path))
}

/** Paths of every file of a commit, relative to the root of the repository. */
export const trackedFiles = async (git: Git, commit: string): Promise<string[]> =>
  (await git.raw('ls-tree', '-r', '-z', '--name-only', commit)).split('\0').filter(path => path !== '')
