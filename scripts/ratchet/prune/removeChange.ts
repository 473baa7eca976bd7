/** Takes a kept change out of a tree by a three-way reverse patch, for prune and for ablation. */
import { join } from 'node:path'
import { saidBy } from '../../lib/git/failure.ts'
import { writeTree } from '../../lib/git/worktree.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Experiment } from '../../record/schema.ts'
import type { RemoveContext } from './context.ts'

export type Removal = { kind: 'removed'; tree: string } | { kind: 'not-removable'; why: string }

/**
 * Reverts a change in the proposal worktree, which is at a tree that contains it.
 * @param from the tree of the worktree
 * @returns the tree without the change; when it is not removable, the worktree is left in an undefined state
 */
export async function removeChange(
  { proposalWorktree, work, repository }: RemoveContext,
  change: Experiment,
  from: string,
): Promise<Removal> {
  const own = change.commit ?? ''
  const patch = join(work, 'remove.patch')
  const format = ['-p', '-r', '--full-index', '--binary', '--no-ext-diff', '--no-textconv', '--no-renames']
  // git writes the file itself: `raw` would trim trailing white space off the patch.
  await repository.git.raw('diff-tree', ...format, `--output=${patch}`, `${own}^`, own)
  const failure = await proposalWorktree.git.raw('apply', '--reverse', '--3way', patch).then(
    () => null,
    (error: unknown) => sanitizeText(saidBy(error)),
  )
  const conflicted = await proposalWorktree.git.raw('diff', '--name-only', '--diff-filter=U', '--ignore-submodules')
  if (conflicted !== '')
    return { kind: 'not-removable', why: `later changes touch the same lines of ${conflicted.split('\n').join(', ')}` }
  if (failure !== null) return { kind: 'not-removable', why: `git could not revert it: ${failure}` }
  const tree = await writeTree(proposalWorktree.git)
  if (tree === from) return { kind: 'not-removable', why: 'later changes have already reverted it' }
  return { kind: 'removed', tree }
}
