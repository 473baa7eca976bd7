/** Ablation: runs the head without one of its uncertain changes, on the seeds of the head's confirm runs. */
import { join } from 'node:path'
import { ablationPairs, confirmedBetween, lastAblation } from '../../analysis/confirmed.ts'
import { keptChanges } from '../../analysis/kept.ts'
import { LIKELY_THRESHOLD } from '../../analysis/labels.ts'
import { noiseOf, pairsOfSession } from '../../analysis/noise.ts'
import { metricText } from '../../lib/format.ts'
import { setRef } from '../../lib/git/git.ts'
import { resetWorktree, writeTree } from '../../lib/git/worktree.ts'
import { sanitizeText } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'
import { isPaired } from '../../record/pairs.ts'
import type { Experiment } from '../../record/schema.ts'
import { headOf } from '../../record/state.ts'
import { writeTables } from '../../record/write.ts'
import { pairsOf } from '../../stats/confirm.ts'
import { emit, refOf } from '../session/context.ts'
import { train } from '../train/train.ts'
import { confirmSeeds } from './confirm.ts'
import type { AblateContext } from './context.ts'

/**
 * Removes each kept change whose P(real) is unknown or under 0.9, one at a time, and runs the head without it.
 * @returns the number of such changes
 */
export async function ablate(context: AblateContext): Promise<number> {
  const head = headOf(context.state)
  if (!head || head.number === 0) return 0
  const uncertain = uncertainKeeps(context)
  for (const experiment of uncertain) {
    if (context.interrupt.finish.aborted) break
    await removeAndRun(context, experiment, head)
  }
  await writeTables(context.folder, context.state)
  return uncertain.length
}

/** Kept changes whose P(real) is unknown or under 0.9, oldest first. */
function uncertainKeeps({ state }: Pick<AblateContext, 'state'>): Experiment[] {
  const { session, experiments } = state
  const noise = noiseOf(session, experiments)
  const between = confirmedBetween(
    experiments[0],
    headOf(state),
    session.metric.goal,
    noise,
    pairsOfSession(session, experiments),
  )
  const kept = keptChanges({ metric: session.metric, experiments, noise, paired: isPaired(session) }, between)
  const numbers = kept.filter(({ pReal }) => pReal === null || pReal < LIKELY_THRESHOLD).map(k => k.experiment)
  return experiments.filter(({ number }) => numbers.includes(number))
}

async function removeAndRun(context: AblateContext, experiment: Experiment, head: Experiment): Promise<void> {
  const name = experimentName(experiment.number)
  const removal = await removeChange(context, experiment, head)
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
    const value = run.metric === null ? `${run.outcome}: ${run.why}` : metricText(run.metric)
    context.terminal.step('ablate', `without ${name} seed ${seed}  ${value}`, run.seconds)
  }
  if (!context.interrupt.now.aborted) await recordLook(context, experiment, head, removal)
}

type Removal = { kind: 'removed'; commit: string } | { kind: 'not-removable'; why: string }

/** Reverts a change on the head by a three-way patch, as a commit with a ref. */
async function removeChange(context: AblateContext, experiment: Experiment, head: Experiment): Promise<Removal> {
  const { proposalWorktree, state, work, repository } = context
  const [own, headCommit] = [experiment.commit ?? '', head.commit ?? '']
  await resetWorktree(proposalWorktree.git, headCommit)
  const patch = join(work, 'ablate.patch')
  const format = ['-p', '-r', '--full-index', '--binary', '--no-ext-diff', '--no-textconv', '--no-renames']
  // git writes the file itself: `raw` would trim trailing white space off the patch.
  await repository.git.raw('diff-tree', ...format, `--output=${patch}`, `${own}^`, own)
  const failure = await proposalWorktree.git.raw('apply', '--reverse', '--3way', patch).then(
    () => null,
    (error: unknown) => sanitizeText(String(error)),
  )
  const conflicted = await proposalWorktree.git.raw('diff', '--name-only', '--diff-filter=U')
  if (conflicted !== '')
    return { kind: 'not-removable', why: `later changes touch the same lines of ${conflicted.split('\n').join(', ')}` }
  if (failure !== null) return { kind: 'not-removable', why: `git could not revert it: ${failure}` }
  const tree = await writeTree(proposalWorktree.git)
  if (tree === head.tree) return { kind: 'not-removable', why: 'later changes have already reverted it' }
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
  removal: Removal,
): Promise<void> {
  const commit = removal.kind === 'removed' ? removal.commit : null
  const why = removal.kind === 'not-removable' ? removal.why : null
  const runs = ablationPairs(experiment, head, commit)
  const pairs = pairsOf(runs)
  const last = lastAblation(experiment, head)
  if (commit !== null && last?.commit === commit && last.pairs >= pairs) return
  const look = { purpose: 'ablate' as const, head: head.number, commit, pairs, why }
  await emit(context, { event: 'look', experiment: experiment.number, look })
}
