/** Commits a worktree's edits as a candidate, with a ref and a patch, and rebases candidates onto a newer head. */
import { describe } from '../../analysis/source/describeEdits.ts'
import { changes, type Git, patchBetween, retryIfPruned, setRef, waitForGc } from '../../lib/git/git.ts'
import { resetWorktree, writeTree } from '../../lib/git/worktree.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { writePatch } from '../../record/files/patches.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'
import type { CommitContext, JudgeContext } from '../context.ts'
import { askHook } from '../hooks/beforeExperiment.ts'
import { type EmitContext, emit, refOf, type Worktree } from '../session/context.ts'
import { guard, MAX_PATCH_BYTES, noChange, type Refused } from './guard.ts'
import { findNewKey } from './newKey.ts'
import { readProposalTree } from './proposalTree.ts'

/** What is known of a proposal before its tree is read. An empty `description` is derived from the diff. */
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
  | 'sweep'
>

export interface Refusal extends Refused {
  description: string
  /** null: the tree was not read, or the patch is too long. */
  patch: string | null
  linesAdded: number
  linesRemoved: number
  tree: string | null
}

/** Fields of a new proposal: not rebased, not fixed. */
export const newProposal = { madeFrom: null, revision: 0, reworked: false, fixes: 0, bold: false }

/** A proposal that was committed, or that the guard refused. */
export type CommitResult = { kind: 'committed'; candidate: Candidate } | { kind: 'refused'; refusal: Refusal }

/**
 * Guards and commits the edits of a worktree on top of its head. The caller adds the candidate to the session.
 * @param crashed tree of the candidate to fix, which counts as an empty diff; null: a new change
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
    return commitTree(context, about, head, read.tree, { worktree: from.path, isFix: crashed !== null })
  })

/** A refusal before the diff was computed. */
function refuseWithoutPatch(about: ProposalInfo, refused: Refused, tree: string | null): CommitResult {
  const description = about.description || refused.why
  return { kind: 'refused', refusal: { ...refused, description, patch: null, linesAdded: 0, linesRemoved: 0, tree } }
}

/** `conflict`: it does not apply, or the guard refuses the result. */
export type RebaseResult = { kind: 'rebased'; candidate: Candidate } | { kind: 'conflict'; why: string }

/** Rebases a candidate onto the head, three-way, and adds the result to the session. */
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
    return (await cherryPicks(git, candidate.commit))
      ? commitTree(context, next, head, await writeTree(git), null)
      : null
  })
  if (result === null) return { kind: 'conflict', why: `it does not apply to ${name}, the new head` }
  if (result.kind === 'refused')
    return { kind: 'conflict', why: `rebased onto ${name}, the new head, ${result.refusal.why}` }
  await addCandidate(context, result.candidate)
  return { kind: 'rebased', candidate: result.candidate }
}

/** Cherry-picks a commit into a worktree. @returns false on a conflict */
async function cherryPicks(git: Git, commit: string): Promise<boolean> {
  try {
    await git.raw('cherry-pick', '--no-commit', commit)
    return true
  } catch (error) {
    if ((await git.raw('diff', '--name-only', '--diff-filter=U', '--ignore-submodules')) !== '') return false
    throw error
  }
}

/**
 * Guards a tree and commits it with a patch and a ref, before the journal names it: gc may delete unreferenced commits.
 * @param proposed null: the harness made the tree by a rebase, and the user's hook has passed the proposal
 */
export async function commitTree(
  context: CommitContext,
  about: ProposalInfo,
  head: Experiment,
  tree: string,
  proposed: { worktree: string; isFix: boolean } | null,
): Promise<CommitResult> {
  const { contract, tried, folder, repository } = context
  const { git, root } = repository
  const parent = { number: head.number, commit: head.commit ?? '' }
  const [{ changed, added, removed }, patch] = await Promise.all([
    changes(git, parent.commit, tree),
    patchBetween(root, parent.commit, tree, MAX_PATCH_BYTES),
  ])
  // It becomes the commit's message.
  const description = redact(about.description || describe(patch ?? '') || 'no description')
  const lines = { description, linesAdded: added, linesRemoved: removed, tree }
  // A candidate rebased onto a newer head may have its earlier tree again, which is no duplicate.
  const duplicates = !proposed?.isFix && tried.get(tree) === about.number ? new Map<string, number>() : tried
  const key = patch === null ? null : await findNewKey(git, parent.commit, tree, changed, patch)
  const refused = guard({ changes: changed, tree, patch, key, edit: contract.edit, tried: duplicates })
  if (refused !== null) return { kind: 'refused', refusal: { ...refused, ...lines, patch } }
  const files = changed.map(({ path }) => path)
  const asked = proposed && { ...about, ...lines, files, patch: patch ?? '', worktree: proposed.worktree }
  const byHook = asked && (await askHook(context, head, asked))
  if (byHook !== null) return { kind: 'refused', refusal: { ...byHook, ...lines, patch } }
  const [commit] = await Promise.all([
    git.raw('commit-tree', tree, '-p', parent.commit, '-m', description),
    writePatch(folder, about.number, patch ?? ''),
  ])
  await setRef(git, refOf(context, refName(about)), commit)
  await waitForGc(repository, commit)
  return { kind: 'committed', candidate: { ...about, ...lines, parent, commit } }
}

/** Adds the candidate to the session. */
export async function addCandidate(
  context: EmitContext & Pick<CommitContext, 'tried'>,
  candidate: Candidate,
): Promise<void> {
  failpoint('ref written')
  context.tried.set(candidate.tree, candidate.number)
  await emit(context, { event: 'candidate', candidate })
}

/** `0042`, and `0042-2` for its second tree. */
export const refName = ({ number, revision }: Pick<Candidate, 'number' | 'revision'>): string =>
  revision === 0 ? experimentName(number) : `${experimentName(number)}-${revision + 1}`
