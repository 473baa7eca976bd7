/** From a worktree with edits to a commit with a ref and a patch: the candidate; and the same put on a newer best. */

import { describe } from '../../analysis/source/describeEdits.ts'
import { writeWhole } from '../../lib/disk.ts'
import { failpoint } from '../../lib/failpoint.ts'
import { changes, countLines, type Git, outlastGc, patchBetween, setRef, unpruned } from '../../lib/git.ts'
import { resetWorktree, writeTree } from '../../lib/worktree.ts'
import { experimentName, files } from '../../record/files.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'
import { emit, type Night, refOf, type Worktree } from '../session/context.ts'
import { guard, largestPatch, nothing, type Refused } from './guard.ts'
import { takeIn } from './proposalTree.ts'

/** What is known of a proposal before its tree is; `description` "": it is made from the diff. */
export type About = Pick<
  Candidate,
  | 'number'
  | 'description'
  | 'hypothesis'
  | 'agent'
  | 'proseHash'
  | 'startedAt'
  | 'made'
  | 'stacked'
  | 'redone'
  | 'fixes'
  | 'bold'
>

export interface Refusal extends Refused {
  description: string
  /** null: there is none that could be kept. */
  patch: string | null
  linesAdded: number
  linesRemoved: number
  tree: string | null
}

/** Of a proposal that no other was made of. */
export const asNew = { made: null, stacked: 0, redone: false, fixes: 0, bold: false }

/**
 * Guards and commits what a worktree holds, on top of the best that it was put at. It counts once it is entered.
 * @param crashed tree of the candidate that this is to mend: left as it is, it is no change
 */
export const commitCandidate = (
  night: Night,
  about: About,
  best: Experiment,
  from: Worktree,
  crashed: string | null = null,
): Promise<Candidate | Refusal> =>
  unpruned(from.git, async () => {
    const tree = await takeIn(from, best.commit ?? '')
    if (typeof tree !== 'string') return { ...unread, ...tree, description: about.description || tree.why }
    if (tree === crashed) return { ...unread, ...nothing, description: about.description || nothing.why, tree }
    return commitTree(night, about, best, tree, crashed !== null)
  })

const unread = { patch: null, linesAdded: 0, linesRemoved: 0, tree: null }

/**
 * Puts a candidate on top of the present best, three-way.
 * @returns why not, when it does not apply cleanly or is nothing new there
 */
export async function stackOn(night: Night, candidate: Candidate, best: Experiment): Promise<Candidate | string> {
  const { git } = night.stack
  const name = experimentName(best.number)
  const next = { ...candidate, made: candidate.made ?? candidate.parent, stacked: candidate.stacked + 1 }
  const result = await unpruned(git, async () => {
    await resetWorktree(git, best.commit ?? '')
    if (!(await applies(git, candidate.commit))) return `it does not apply to ${name}, which became the best meanwhile`
    return commitTree(night, next, best, await writeTree(git))
  })
  if (typeof result === 'string') return result
  if ('why' in result) return `put on ${name}, which became the best meanwhile, ${result.why}`
  await enter(night, result)
  return result
}

/** Applies a commit's change to a worktree, three-way. @returns whether that went without a conflict */
async function applies(git: Git, commit: string): Promise<boolean> {
  try {
    await git.raw('cherry-pick', '--no-commit', commit)
    return true
  } catch (error) {
    if ((await git.raw('diff', '--name-only', '--diff-filter=U')) !== '') return false
    throw error
  }
}

/** A tree as a commit with a ref and a patch. The ref is first: what has none a gc may collect. */
async function commitTree(
  night: Night,
  about: About,
  best: Experiment,
  tree: string,
  mends = false,
): Promise<Candidate | Refusal> {
  const { contract, tried, folder, repository } = night
  const { git, root } = repository
  const parent = { number: best.number, commit: best.commit ?? '' }
  const changed = await changes(git, parent.commit, tree)
  const { added, removed } = await countLines(git, parent.commit, tree)
  const patch = changed.length > 0 ? await patchBetween(root, parent.commit, tree, largestPatch) : ''
  const description = about.description || describe(patch ?? '') || 'no description'
  const lines = { description, linesAdded: added, linesRemoved: removed, tree }
  // On a newer best a change may come to the tree that it was before: there it is another experiment.
  const others = !mends && tried.get(tree) === about.number ? new Map<string, number>() : tried
  const refused = guard({ changes: changed, tree, patch, edit: contract.edit, tried: others })
  if (refused !== null) return { ...refused, ...lines, patch }
  await writeWhole(files.patch(folder, about.number), patch ?? '')
  const commit = await git.raw('commit-tree', tree, '-p', parent.commit, '-m', description)
  await setRef(git, refOf(night, refName(about)), commit)
  await outlastGc(repository, commit)
  return { ...about, ...lines, parent, commit }
}

/** From here on the candidate is part of the night. */
export async function enter(night: Night, candidate: Candidate): Promise<void> {
  failpoint('ref written')
  night.tried.set(candidate.tree, candidate.number)
  await emit(night, { event: 'candidate', candidate })
}

/** `0042`, and `0042-2` for the second tree that was made of it. */
export const refName = ({ number, stacked }: Pick<Candidate, 'number' | 'stacked'>): string =>
  stacked === 0 ? experimentName(number) : `${experimentName(number)}-${stacked + 1}`
