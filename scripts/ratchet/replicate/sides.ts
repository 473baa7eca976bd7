/** The sides of a replication: each planned experiment as a candidate with its ref and patch, as the loop's proposals have. */
import { changes, patchBetween, setRef, waitForGc } from '../../lib/git/git.ts'
import { writePatch } from '../../record/files/patches.ts'
import type { Candidate } from '../../record/journal.ts'
import type { OwnSession } from '../../record/schema.ts'
import { findExperiment } from '../../record/state.ts'
import type { Planned } from '../../record/taken.ts'
import { noMeasurement } from '../evaluate.ts'
import { addCandidate, newProposal, refName } from '../propose/candidate.ts'
import { MAX_PATCH_BYTES } from '../propose/guard.ts'
import { recordVerdict } from '../recordVerdict.ts'
import { refOf } from '../session/context.ts'
import type { ReplicateContext } from './context.ts'

/** What is planned, with the numbers of the experiments. */
export const plannedIn = ({ replication }: Pick<OwnSession, 'replication'>): (Planned & { number: number })[] =>
  (replication?.plan ?? []).map((planned, i) => ({ ...planned, number: i + 1 }))

/** Adds the candidates that an interrupted start has not. */
export async function addSides(context: ReplicateContext): Promise<void> {
  const { state } = context
  for (const planned of plannedIn(state.session)) {
    const { number, commit } = planned
    if (commit === null || state.pending.has(number) || findExperiment(state, number)) continue
    await addCandidate(context, await candidateOf(context, planned, commit))
  }
}

async function candidateOf(
  { repository, folder, state }: ReplicateContext,
  { number, description }: Planned & { number: number },
  commit: string,
): Promise<Candidate> {
  const { git, root } = repository
  const { baseCommit, proseHash } = state.session
  const [{ added, removed }, patch, tree] = await Promise.all([
    changes(git, baseCommit, commit),
    patchBetween(root, baseCommit, commit, MAX_PATCH_BYTES),
    git.raw('rev-parse', `${commit}^{tree}`),
  ])
  const candidate = {
    ...newProposal,
    ...about(state.session, { number, description }),
    proseHash,
    startedAt: new Date().toISOString(),
    linesAdded: added,
    linesRemoved: removed,
    parent: { number: 0, commit: baseCommit },
    commit,
    tree,
  }
  await writePatch(folder, number, patch ?? '')
  await setRef(git, refOf({ state }, refName(candidate)), commit)
  await waitForGc(repository, commit)
  return candidate
}

/** Records the changes that do not apply. */
export async function recordConflicts(context: ReplicateContext): Promise<void> {
  const { state } = context
  const together = state.session.replication?.experiments ?? []
  for (const { number, description, commit, why, experiments } of plannedIn(state.session)) {
    if (commit !== null || findExperiment(state, number)) continue
    await recordVerdict(context, {
      ...about(state.session, { number, description }),
      ...noMeasurement,
      status: 'conflict',
      reason: `Conflict: ${experiments.every(n => together.includes(n)) ? 'by itself ' : ''}it ${why}.`,
      proseHash: state.session.proseHash,
      bold: false,
      fixes: 0,
      madeFrom: null,
      parent: { number: 0, commit: state.session.baseCommit },
      commit: null,
      tree: null,
      linesAdded: 0,
      linesRemoved: 0,
      startedAt: new Date().toISOString(),
      replicates: { experiments },
    })
  }
}

/** No agent made it. */
const about = (
  { replication }: Pick<OwnSession, 'replication'>,
  { number, description }: { number: number; description: string },
) => ({
  number,
  description,
  hypothesis: replication ? `As found in ${replication.session}.` : null,
  agent: { use: null, model: null, seconds: 0, tokens: null, costUsd: null },
})
