/** From a worktree with edits to a commit with a ref and a patch: the candidate; and the same put on a newer best. */
import { writeWhole } from '../lib/disk.ts'
import { failpoint } from '../lib/failpoint.ts'
import { changes, countLines, type Git, patchBetween, resetWorktree, setRef, writeTree } from '../lib/git.ts'
import { experimentName, files } from '../record/files.ts'
import type { Candidate } from '../record/journal.ts'
import type { Experiment } from '../record/schema.ts'
import { guard } from './guard.ts'
import { emit, type Night, refOf, type Worktree } from './night.ts'

export type About = Pick<Candidate, 'number' | 'description' | 'hypothesis' | 'agent' | 'proseHash' | 'startedAt'>

export type Refusal = { refused: string; linesAdded: number; linesRemoved: number }

/** Guards and commits what a worktree holds, on top of the best that it was put at. */
export async function commitCandidate(
  night: Night,
  about: About,
  best: Experiment,
  from: Worktree,
  redone: boolean,
): Promise<Candidate | Refusal> {
  const { contract, tried } = night
  const parent = { number: best.number, commit: best.commit ?? '' }
  const tree = await writeTree(from.git)
  const changed = await changes(from.git, parent.commit, tree)
  const lines = await linesOf(from.git, parent.commit, tree)
  // The patch of a refused proposal is kept as well: what was tried is part of the record.
  if (changed.length > 0) await savePatch(night, about.number, from, parent.commit, tree)
  const refused = guard({ changes: changed, tree, edit: contract.edit, tried })
  if (refused !== null) return { refused, ...lines }
  const commit = await from.git.raw('commit-tree', tree, '-p', parent.commit, '-m', about.description)
  const candidate: Candidate = { ...about, made: null, parent, commit, tree, stacked: 0, redone, ...lines }
  await journal(night, candidate)
  return candidate
}

/**
 * Puts a candidate on top of the present best, three-way.
 * @returns why not, when it does not apply cleanly or is nothing new there
 */
export async function stackOn(night: Night, candidate: Candidate, best: Experiment): Promise<Candidate | string> {
  const { git } = night.stack
  const parent = { number: best.number, commit: best.commit ?? '' }
  await resetWorktree(git, parent.commit)
  const clean = await git.raw('cherry-pick', '--no-commit', candidate.commit).then(
    () => true,
    () => false,
  )
  if (!clean) return `it does not apply to ${experimentName(best.number)}, which became the best meanwhile`
  const tree = await writeTree(git)
  const changed = await changes(git, parent.commit, tree)
  const refused = guard({ changes: changed, tree, edit: night.contract.edit, tried: night.tried })
  if (refused !== null) return `put on ${experimentName(best.number)}, which became the best meanwhile, ${refused}`
  const commit = await git.raw('commit-tree', tree, '-p', parent.commit, '-m', candidate.description)
  const lines = await linesOf(git, parent.commit, tree)
  const stacked: Candidate = {
    ...candidate,
    ...lines,
    made: candidate.made ?? candidate.parent,
    parent,
    commit,
    tree,
    stacked: candidate.stacked + 1,
  }
  await savePatch(night, candidate.number, night.stack, parent.commit, tree)
  await journal(night, stacked)
  return stacked
}

/** `0042`, and `0042-2` for the second tree that was made of it. */
export const refName = ({ number, stacked }: Pick<Candidate, 'number' | 'stacked'>): string =>
  stacked === 0 ? experimentName(number) : `${experimentName(number)}-${stacked + 1}`

// The ref first: a commit without one could be collected by a git gc at this very moment.
async function journal(night: Night, candidate: Candidate): Promise<void> {
  await setRef(night.repository.git, refOf(night, refName(candidate)), candidate.commit)
  failpoint('ref written')
  night.tried.set(candidate.tree, candidate.number)
  await emit(night, { event: 'candidate', candidate })
}

async function savePatch(night: Night, number: number, { path }: Worktree, from: string, to: string): Promise<void> {
  await writeWhole(files.patch(night.folder, number), await patchBetween(path, from, to))
}

async function linesOf(git: Git, from: string, to: string): Promise<{ linesAdded: number; linesRemoved: number }> {
  const { added, removed } = await countLines(git, from, to)
  return { linesAdded: added, linesRemoved: removed }
}
