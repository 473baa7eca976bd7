/** From a worktree with edits to a commit with a ref and a patch: the candidate; and the same rebased onto a newer head. */
import { describe } from '../../analysis/source/describeEdits.ts'
import { writeAtomic } from '../../lib/disk.ts'
import { changes, countLines, type Git, patchBetween, retryIfPruned, setRef, waitForGc } from '../../lib/git/git.ts'
import { resetWorktree, writeTree } from '../../lib/git/worktree.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { experimentName, files } from '../../record/files.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'
import type { CommitContext, JudgeContext } from '../context.ts'
import { type EmitContext, emit, refOf, type Worktree } from '../session/context.ts'
import { guard, MAX_PATCH_BYTES, noChange, type Refused } from './guard.ts'
import { readProposalTree } from './proposalTree.ts'

/** What is known of a proposal before its tree is; `description` "": it is made from the diff. */
export type ProposalInfo = Pick<
  Candidate,
  | 'number'
  | 'description'
  | 'hypothesis'
  | 'agent'
  | 'proseHash'
  | 'startedAt'
  | 'madeFrom'
  | 'revision'
  | 'reworked'
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
export const newProposal = { madeFrom: null, revision: 0, reworked: false, fixes: 0, bold: false }

/** A proposal that was committed, or that the guard refused. */
export type CommitResult = { kind: 'committed'; candidate: Candidate } | { kind: 'refused'; refusal: Refusal }

/**
 * Guards and commits what a worktree holds, on top of the head that it was put at. It counts once it is added.
 * @param crashed tree of the candidate that this is to fix: left as it is, it is no change
 */
export const commitCandidate = (
  context: CommitContext,
  about: ProposalInfo,
  head: Experiment,
  from: Worktree,
  crashed: string | null = null,
): Promise<CommitResult> =>
  retryIfPruned(from.git, async () => {
    const read = await readProposalTree(from, head.commit ?? '')
    if (read.kind === 'refused') return refuseWithoutPatch(about, read.refused, null)
    if (read.tree === crashed) return refuseWithoutPatch(about, noChange, read.tree)
    return commitTree(context, about, head, read.tree, crashed !== null)
  })

/** A refusal of a proposal whose lines were not looked at. */
function refuseWithoutPatch(about: ProposalInfo, refused: Refused, tree: string | null): CommitResult {
  const description = about.description || refused.why
  return { kind: 'refused', refusal: { ...refused, description, patch: null, linesAdded: 0, linesRemoved: 0, tree } }
}

/** `conflict`: why it does not apply cleanly, or is nothing new there. */
export type RebaseResult = { kind: 'rebased'; candidate: Candidate } | { kind: 'conflict'; why: string }

/** Rebases a candidate onto the present head, three-way. */
export async function rebaseOnto(
  context: CommitContext & Pick<JudgeContext, 'rebaseWorktree'>,
  candidate: Candidate,
  head: Experiment,
): Promise<RebaseResult> {
  const { git } = context.rebaseWorktree
  const name = experimentName(head.number)
  const next = { ...candidate, madeFrom: candidate.madeFrom ?? candidate.parent, revision: candidate.revision + 1 }
  const result = await retryIfPruned(git, async () => {
    await resetWorktree(git, head.commit ?? '')
    return (await cherryPicks(git, candidate.commit)) ? commitTree(context, next, head, await writeTree(git)) : null
  })
  if (result === null) return { kind: 'conflict', why: `it does not apply to ${name}, which became the best meanwhile` }
  if (result.kind === 'refused')
    return { kind: 'conflict', why: `put on ${name}, which became the best meanwhile, ${result.refusal.why}` }
  await addCandidate(context, result.candidate)
  return { kind: 'rebased', candidate: result.candidate }
}

/** Applies a commit's change to a worktree, three-way. @returns whether that went without a conflict */
async function cherryPicks(git: Git, commit: string): Promise<boolean> {
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
  context: CommitContext,
  about: ProposalInfo,
  head: Experiment,
  tree: string,
  isFix = false,
): Promise<CommitResult> {
  const { contract, tried, folder, repository } = context
  const { git, root } = repository
  const parent = { number: head.number, commit: head.commit ?? '' }
  const changed = await changes(git, parent.commit, tree)
  const { added, removed } = await countLines(git, parent.commit, tree)
  const patch = changed.length > 0 ? await patchBetween(root, parent.commit, tree, MAX_PATCH_BYTES) : ''
  const description = about.description || describe(patch ?? '') || 'no description'
  const lines = { description, linesAdded: added, linesRemoved: removed, tree }
  // On a newer head a change may come to the tree that it was before: there it is another experiment.
  const duplicates = !isFix && tried.get(tree) === about.number ? new Map<string, number>() : tried
  const refused = guard({ changes: changed, tree, patch, edit: contract.edit, tried: duplicates })
  if (refused !== null) return { kind: 'refused', refusal: { ...refused, ...lines, patch } }
  await writeAtomic(files.patch(folder, about.number), patch ?? '')
  const commit = await git.raw('commit-tree', tree, '-p', parent.commit, '-m', description)
  await setRef(git, refOf(context, refName(about)), commit)
  await waitForGc(repository, commit)
  return { kind: 'committed', candidate: { ...about, ...lines, parent, commit } }
}

/** From here on the candidate is part of the session. */
export async function addCandidate(
  context: EmitContext & Pick<CommitContext, 'tried'>,
  candidate: Candidate,
): Promise<void> {
  failpoint('ref written')
  context.tried.set(candidate.tree, candidate.number)
  await emit(context, { event: 'candidate', candidate })
}

/** `0042`, and `0042-2` for the second tree that was made of it. */
export const refName = ({ number, revision }: Pick<Candidate, 'number' | 'revision'>): string =>
  revision === 0 ? experimentName(number) : `${experimentName(number)}-${revision + 1}`
