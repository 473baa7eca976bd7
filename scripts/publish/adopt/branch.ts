/** The adopted branch in the user's repository: whether its name is free or it is ours, and moving it. */
import { argument } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { nullOid, type Repository, setRef } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Adoption } from '../../record/files/adopted.ts'

/** @param earlier the adoption that the session's record has of this branch @returns where it is now; null: there is none */
export async function checkBranch(
  { git }: Pick<Repository, 'git'>,
  name: string,
  earlier: Adoption | undefined,
): Promise<string | null> {
  const shown = sanitizeText(name)
  // git expands names such as @{-1}, and refuses HEAD and those that begin with a dash. What is shown must be the name.
  const named = await git.raw('check-ref-format', '--branch', name).catch(() => null)
  if (named !== name || shown !== name)
    throw new Failure(`“${shown}” is not a name that a branch can have.`, 'Choose another with --branch.')
  const below = await git.raw('for-each-ref', '--count=1', '--format=%(refname:short)', `refs/heads/${name}/`)
  const parents = name
    .split('/')
    .slice(0, -1)
    .map((_, i, parts) => parts.slice(0, i + 1).join('/'))
  for (const parent of parents)
    if (await git.raw('rev-parse', '--verify', '--quiet', `refs/heads/${parent}`).catch(() => null))
      throw new Failure(
        `There is a branch ${sanitizeText(parent)}, so none can be called ${shown}.`,
        'Choose another name with --branch.',
      )
  if (below !== '')
    throw new Failure(
      `There is a branch ${sanitizeText(below)}, so none can be called ${shown}.`,
      'Choose another name with --branch.',
    )
  const now = await git.raw('rev-parse', '--verify', '--quiet', `refs/heads/${name}`).catch(() => null)
  if (now === null) return null
  if (earlier === undefined)
    throw new Failure(
      `There is a branch ${shown} already, which this session did not make.`,
      `Choose another name with --branch, or delete it: \`git branch -D ${argument(shown)}\`.`,
    )
  if (now !== earlier.tip && now !== earlier.before)
    throw new Failure(
      `The branch ${shown} is not where \`adopt\` left it: it is at ${now.slice(0, 7)}, and not at ${earlier.tip.slice(0, 7)}.`,
      `It stays as it is. Adopt into another with --branch, or delete it if it holds nothing of yours: \`git branch -D ${argument(shown)}\`.`,
    )
  return now
}

/** @throws {Failure} when a checkout has the branch, whose files would no longer be those of its HEAD */
export async function moveBranch(
  { git }: Pick<Repository, 'git'>,
  name: string,
  tip: string,
  before: string | null,
): Promise<void> {
  if (before === tip) return
  await setRef(git, `refs/heads/${name}`, tip, before ?? nullOid)
}

/** @throws {Failure} when a worktree of the repository is at this branch */
export async function checkNotCheckedOut({ git }: Pick<Repository, 'git'>, name: string): Promise<void> {
  const listed = (await git.raw('worktree', 'list', '--porcelain')).split('\n\n')
  const at = listed.find(entry => entry.split('\n').includes(`branch refs/heads/${name}`))
  if (at === undefined) return
  const path = sanitizeText(/^worktree (.+)$/m.exec(at)?.[1] ?? '')
  throw new Failure(
    `The branch ${sanitizeText(name)} is checked out in ${path}, so it is not moved.`,
    'Switch to another branch there and run the command again, or choose another name with --branch.',
  )
}
