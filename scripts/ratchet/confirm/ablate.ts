/** Ablation: the head without one of its doubtful changes, run on the seeds of the head's confirm runs. */
import { join } from 'node:path'
import { ablationPairs, confirmedBetween, lastAblation, noiseOf } from '../../analysis/confirmed.ts'
import { keptChanges } from '../../analysis/kept.ts'
import { LIKELY_THRESHOLD } from '../../analysis/labels.ts'
import { metricText } from '../../lib/format.ts'
import { setRef } from '../../lib/git/git.ts'
import { resetWorktree, writeTree } from '../../lib/git/worktree.ts'
import { sanitizeText } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment } from '../../record/schema.ts'
import { headOf } from '../../record/state.ts'
import { writeTables } from '../../record/write.ts'
import { pairsOf } from '../../stats/confirm.ts'
import { emit, refOf } from '../session/context.ts'
import { train } from '../train/train.ts'
import { seedsOf } from './confirm.ts'
import type { AblateContext } from './context.ts'

/**
 * Takes out, one at a time, each kept change whose chance of being real is not at least 0.9, and runs what is left.
 * @returns how many changes were doubtful
 */
export async function ablate(context: AblateContext): Promise<number> {
  const head = headOf(context.state)
  if (!head || head.number === 0) return 0
  const doubtful = doubtfulKeeps(context)
  for (const experiment of doubtful) {
    if (context.interrupt.finish.aborted) break
    await removeAndRun(context, experiment, head)
  }
  await writeTables(context.folder, context.state)
  return doubtful.length
}

/** In the order in which they were kept. A chance that nobody knows is no reason to believe a change. */
function doubtfulKeeps({ state }: Pick<AblateContext, 'state'>): Experiment[] {
  const { session, experiments } = state
  const noise = noiseOf(session, experiments)
  const between = confirmedBetween(experiments[0], headOf(state), session.metric.goal, noise)
  const kept = keptChanges({ metric: session.metric, experiments, noise }, between)
  const numbers = kept.filter(({ pReal }) => pReal === null || pReal < LIKELY_THRESHOLD).map(k => k.experiment)
  return experiments.filter(({ number }) => numbers.includes(number))
}

async function removeAndRun(context: AblateContext, experiment: Experiment, head: Experiment): Promise<void> {
  const name = experimentName(experiment.number)
  const removal = await removeChange(context, experiment, head)
  if (removal.kind === 'stays') {
    const { why } = removal
    context.terminal.step('ablate', `${name} stays: ${why}`)
    // Said once: trying again changes nothing.
    if (lastAblation(experiment, head)?.why !== why) await recordLook(context, experiment, head, removal)
    return
  }
  const { commit } = removal
  const done = experiment.runs.filter(run => run.commit === commit && run.outcome !== 'aborted').map(run => run.seed)
  for (const seed of seedsOf(head).filter(seed => !done.includes(seed))) {
    if (context.interrupt.finish.aborted) return
    const run = await train(context, { experiment: experiment.number, commit, purpose: 'ablate', seed })
    const value = run.metric === null ? `${run.outcome}: ${run.why}` : metricText(run.metric)
    context.terminal.step('ablate', `without ${name} seed ${seed}  ${value}`, run.seconds)
  }
  if (!context.interrupt.now.aborted) await recordLook(context, experiment, head, removal)
}

/** `stays`: why the change could not be taken out. */
type Removal = { kind: 'removed'; commit: string } | { kind: 'stays'; why: string }

/** The head without a change, three-way, as a commit with a ref. */
async function removeChange(context: AblateContext, experiment: Experiment, head: Experiment): Promise<Removal> {
  const { proposalWorktree, state, work, repository } = context
  const [own, headCommit] = [experiment.commit ?? '', head.commit ?? '']
  await resetWorktree(proposalWorktree.git, headCommit)
  const patch = join(work, 'ablate.patch')
  const format = ['-p', '-r', '--full-index', '--binary', '--no-ext-diff', '--no-textconv', '--no-renames']
  // Written by git itself: a patch may end in white space, which is trimmed off what git prints.
  await repository.git.raw('diff-tree', ...format, `--output=${patch}`, `${own}^`, own)
  const failure = await proposalWorktree.git.raw('apply', '--reverse', '--3way', patch).then(
    () => null,
    (error: unknown) => sanitizeText(String(error)),
  )
  const touched = await proposalWorktree.git.raw('diff', '--name-only', '--diff-filter=U')
  if (touched !== '')
    return { kind: 'stays', why: `later changes rest on the same lines of ${touched.split('\n').join(', ')}` }
  if (failure !== null) return { kind: 'stays', why: `git could not take it out: ${failure}` }
  const tree = await writeTree(proposalWorktree.git)
  if (tree === head.tree) return { kind: 'stays', why: 'later changes have undone it already' }
  if (tree === state.experiments[0]?.tree)
    return { kind: 'stays', why: 'without it the head is the baseline, which confirm compares' }
  return { kind: 'removed', commit: await commitRemoval(context, experiment, headCommit, tree) }
}

/** The commit that an earlier ablation made of the same tree, so that its runs count, or a new one. */
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

async function recordLook(
  context: AblateContext,
  experiment: Experiment,
  head: Experiment,
  removal: Removal,
): Promise<void> {
  const commit = removal.kind === 'removed' ? removal.commit : null
  const why = removal.kind === 'stays' ? removal.why : null
  const runs = ablationPairs(experiment, head, commit)
  const pairs = pairsOf(runs)
  const last = lastAblation(experiment, head)
  if (commit !== null && last?.commit === commit && last.pairs >= pairs) return
  const look = { purpose: 'ablate' as const, head: head.number, commit, pairs, why }
  await emit(context, { event: 'look', experiment: experiment.number, look })
}
