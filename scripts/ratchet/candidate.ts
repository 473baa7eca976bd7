/** From a worktree with edits to a commit with a ref and a patch: the candidate, before its first run. */
import { writeWhole } from '../lib/disk.ts'
import { absent, changes, countLines, patchBetween, writeTree } from '../lib/git.ts'
import { experimentName, files } from '../record/files.ts'
import type { Experiment } from '../record/schema.ts'
import { guard } from './guard.ts'
import { type Night, refOf } from './night.ts'

export interface Candidate {
  number: number
  commit: string
  tree: string
  linesAdded: number
  linesRemoved: number
}

export type Refusal = { refused: string; linesAdded: number; linesRemoved: number }

/** Guards and commits what the proposal's worktree holds, on top of the best. */
export async function commitCandidate(
  night: Night,
  number: number,
  best: Experiment,
  description: string,
): Promise<Candidate | Refusal> {
  const { proposal, contract, tried, repository, folder } = night
  const parent = best.commit ?? ''
  const tree = await writeTree(proposal.git)
  const changed = await changes(proposal.git, parent, tree)
  const lines = await countLines(proposal.git, parent, tree)
  const counted = { linesAdded: lines.added, linesRemoved: lines.removed }
  // The patch of a refused proposal is kept as well: what was tried is part of the record.
  if (changed.length > 0) await writeWhole(files.patch(folder, number), await patchBetween(proposal.path, parent, tree))
  const refused = guard({ changes: changed, tree, edit: contract.edit, tried })
  if (refused !== null) return { refused, ...counted }
  const commit = await proposal.git.raw('commit-tree', tree, '-p', parent, '-m', description)
  await repository.git.raw('update-ref', refOf(night, experimentName(number)), commit, absent)
  tried.set(tree, number)
  return { number, commit, tree, ...counted }
}
