/** Ablation: runs the final without one of its uncertain changes, on the seeds of the final's confirm runs. */
import { ablationPairs, confirmedBetween, lastAblation } from '../../analysis/confirm/confirmed.ts'
import { runName } from '../../analysis/confirm/seeds.ts'
import { keptChanges } from '../../analysis/kept.ts'
import { LIKELY_THRESHOLD } from '../../analysis/labels.ts'
import { noiseOf } from '../../analysis/noise/noise.ts'
import { metricText } from '../../lib/format.ts'
import { setRef } from '../../lib/git/git.ts'
import { resetWorktree } from '../../lib/git/worktree.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { finalOf, removedFrom } from '../../record/state.ts'
import { writeTables } from '../../record/write.ts'
import { removeChange } from '../prune/removeChange.ts'
import { emit, refOf } from '../session/context.ts'
import { train } from '../train/train.ts'
import { confirmSeeds } from './confirm.ts'
import type { AblateContext } from './context.ts'

/**
 * Removes each kept change whose P(real) is unknown or under 0.9 from the final, one at a time, and runs the rest.
 * @returns the number of such changes
 */
export async function ablate(context: AblateContext): Promise<number> {
  const head = finalOf(context.state)
  if (!head || head.number === 0) return 0
  const uncertain = uncertainKeeps(context)
  for (const experiment of uncertain) {
    if (context.interrupt.finish.aborted) break
    await removeAndRun(context, experiment, head)
  }
  await writeTables(context.folder, context.state)
  return uncertain.length
}

/** Changes of the final whose P(real) is unknown or under 0.9, oldest first. A paired session has no ablation. */
function uncertainKeeps({ state }: Pick<AblateContext, 'state'>): Experiment[] {
  const { session, experiments } = state
  const noise = noiseOf(session, experiments)
  const final = finalOf(state)
  const between = confirmedBetween(experiments[0], final, session.metric.goal, noise)
  const kept = keptChanges({ metric: session.metric, experiments, noise, final }, between)
  const removed = removedFrom(state)
  const uncertain = kept.filter(k => !removed.has(k.experiment) && (k.pReal === null || k.pReal < LIKELY_THRESHOLD))
  const numbers = uncertain.map(k => k.experiment)
  return experiments.filter(({ number }) => numbers.includes(number))
}

async function removeAndRun(context: AblateContext, experiment: Experiment, head: Experiment): Promise<void> {
  const name = experimentName(experiment.number)
  const removal = await ablateChange(context, experiment, head)
  if (removal.kind === 'not-removable') {
    const { why } = removal
    context.terminal.step('ablate', `${name} cannot be removed: ${why}`)
    // Recorded once: a second attempt has the same result.
    if (lastAblation(experiment, head)?.why !== why) await recordLook(context, experiment, head, removal)
    return
  }
  const { commit } = removal
  const done = experiment.runs.filter(run => run.commit === commit && run.outcome !== 'aborted').map(run => run.seed)
  for (const seed of confirmSeeds(head).filter(seed => !done.includes(seed))) {
    if (context.interrupt.finish.aborted) return
    const run = await train(context, { experiment: experiment.number, commit, purpose: 'ablate', seed })
    const value =
      run.metric === null
        ? `${run.outcome}: ${run.why}`
        : metricText(run.metric, head.metric === null ? [] : [head.metric])
    context.terminal.step(
      'ablate',
      `without ${name} ${runName(context.state.session.seedUse, seed, run.k)}  ${value}`,
      run.seconds,
    )
  }
  if (!context.interrupt.now.aborted) await recordLook(context, experiment, head, removal)
}

type Ablation = { kind: 'removed'; commit: string } | { kind: 'not-removable'; why: string }

/** Takes a change out of the final, as a commit with a ref. */
async function ablateChange(context: AblateContext, experiment: Experiment, head: Experiment): Promise<Ablation> {
  const { proposalWorktree, state } = context
  const [headCommit, headTree] = [head.commit ?? '', head.tree ?? '']
  await resetWorktree(proposalWorktree.git, headCommit)
  const removal = await removeChange(context, experiment, headTree)
  if (removal.kind === 'not-removable') return removal
  const { tree } = removal
  if (tree === state.experiments[0]?.tree)
    return { kind: 'not-removable', why: 'without it the head is the baseline, which confirm already compares' }
  return { kind: 'removed', commit: await commitRemoval(context, experiment, headCommit, tree) }
}

/** Reuses the commit of an earlier ablation with the same tree, so that its runs count; otherwise makes one. */
async function commitRemoval(
  context: AblateContext,
  experiment: Experiment,
  parent: string,
  tree: string,
): Promise<string> {
  const { git } = context.repository
  const name = experimentName(experiment.number)
  const ref = refOf(context, `${name}-ablate`)
  // e.g. "<commit> <tree> <parent>"
  const earlier = await git.raw('log', '-1', '--no-show-signature', '--format=%H %T %P', ref, '--').catch(() => '')
  const [commit, ...rest] = earlier.split(' ')
  if (commit && rest.join(' ') === `${tree} ${parent}`) return commit
  const made = await git.raw('commit-tree', tree, '-p', parent, '-m', `without ${name}: ${experiment.description}`)
  await setRef(git, ref, made)
  return made
}

/** Appends a look, an interim comparison, to the journal, unless the last look had as many pairs. */
async function recordLook(
  context: AblateContext,
  experiment: Experiment,
  head: Experiment,
  removal: Ablation,
): Promise<void> {
  const commit = removal.kind === 'removed' ? removal.commit : null
  const why = removal.kind === 'not-removable' ? removal.why : null
  const pairs = ablationPairs(experiment, head, commit)
  const last = lastAblation(experiment, head)
  if (commit !== null && last?.commit === commit && last.pairs >= pairs) return
  const look = { purpose: 'ablate' as const, head: head.number, commit, pairs, why }
  await emit(context, { event: 'look', experiment: experiment.number, look })
}
