/** From a worktree with edits to a commit with a ref and a patch: the candidate; and the same put on a newer best. */
import { writeWhole } from '../lib/disk.ts'
import { failpoint } from '../lib/failpoint.ts'
import { changes, countLines, type Git, outlastGc, patchBetween, setRef, unpruned } from '../lib/git.ts'
import { resetWorktree, writeTree } from '../lib/worktree.ts'
import { experimentName, files } from '../record/files.ts'
import type { Candidate } from '../record/journal.ts'
import type { Experiment } from '../record/schema.ts'
import { guard } from './guard.ts'
import { emit, type Night, refOf, type Worktree } from './night.ts'

export type About = Pick<Candidate, 'number' | 'description' | 'hypothesis' | 'agent' | 'proseHash' | 'startedAt'>

export type Refusal = { refused: string; linesAdded: number; linesRemoved: number }

/**
 * Guards and commits what a worktree holds, on top of the best that it was put at.
 * @param redo the candidate that did not apply to this best, when it was made again for it
 */
export async function commitCandidate(
  night: Night,
  about: About,
  best: Experiment,
  from: Worktree,
  redo: Candidate | null,
): Promise<Candidate | Refusal> {
  // A candidate that was made again is another tree of the same number: the first keeps its ref.
  const next = { ...about, made: null, stacked: redo ? redo.stacked + 1 : 0, redone: redo !== null }
  const result = await unpruned(from.git, () => commitTree(night, next, best, from))
  if (!('refused' in result)) await journal(night, result)
  return result
}

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
    return commitTree(night, next, best, night.stack)
  })
  if (typeof result === 'string') return result
  if ('refused' in result) return `put on ${name}, which became the best meanwhile, ${result.refused}`
  await journal(night, result)
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

type Next = About & Pick<Candidate, 'made' | 'stacked' | 'redone'>

/** A worktree's content as a commit with a ref and a patch. The ref is first: what has none a gc may collect. */
async function commitTree(night: Night, next: Next, best: Experiment, { git, path }: Worktree) {
  const { contract, tried, folder, repository } = night
  const parent = { number: best.number, commit: best.commit ?? '' }
  const tree = await writeTree(git)
  const changed = await changes(git, parent.commit, tree)
  const { added, removed } = await countLines(git, parent.commit, tree)
  const lines = { linesAdded: added, linesRemoved: removed }
  // Made again, a change may come to the tree that it was before: on a newer best it is another experiment.
  const others = tried.get(tree) === next.number ? new Map<string, number>() : tried
  const refused = guard({ changes: changed, tree, edit: contract.edit, tried: others })
  // The patch of a refused proposal is kept as well: what was tried is part of the record.
  if (changed.length > 0 && (refused === null || next.stacked === 0))
    await writeWhole(files.patch(folder, next.number), await patchBetween(path, parent.commit, tree))
  if (refused !== null) return { refused, ...lines }
  const commit = await git.raw('commit-tree', tree, '-p', parent.commit, '-m', next.description)
  await setRef(repository.git, refOf(night, refName(next)), commit)
  await outlastGc(repository, commit)
  return { ...next, parent, commit, tree, ...lines }
}

async function journal(night: Night, candidate: Candidate): Promise<void> {
  failpoint('ref written')
  night.tried.set(candidate.tree, candidate.number)
  await emit(night, { event: 'candidate', candidate })
}

/** `0042`, and `0042-2` for the second tree that was made of it. */
export const refName = ({ number, stacked }: Pick<Candidate, 'number' | 'stacked'>): string =>
  stacked === 0 ? experimentName(number) : `${experimentName(number)}-${stacked + 1}`
