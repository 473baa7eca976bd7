/**
 * Prune: before confirm, takes the kept changes that are likely luck out of the head. The branch keeps every commit; the
 * pruned head is a commit on top of the head, with a branch of its own.
 */
import { keptChanges } from '../../analysis/kept.ts'
import { pRealText } from '../../analysis/labels.ts'
import { noiseOf } from '../../analysis/noise/noise.ts'
import { list } from '../../analysis/numbers.ts'
import { retryIfPruned, setRef, waitForGc } from '../../lib/git/git.ts'
import { resetWorktree } from '../../lib/git/worktree.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { experimentName } from '../../record/files/paths.ts'
import { isPaired } from '../../record/pairs.ts'
import type { Experiment, Final } from '../../record/schema.ts'
import { finalOf, headOf, isPruned, type State } from '../../record/state.ts'
import { writeSession } from '../../record/write.ts'
import { emit } from '../session/context.ts'
import type { FinalContext, PruneContext } from './context.ts'
import { availableBranch, finalRef, putFinalBranch, putFinalPatch, writeFinalPatch } from './finalBranch.ts'
import { removeChange } from './removeChange.ts'
import { toPrune } from './toPrune.ts'

/**
 * Decides what confirm runs, once for each head: deciding again after confirm's runs were seen would select by them. Does
 * nothing when the contract says `prune: false`, or nothing was kept.
 */
export async function prune(context: PruneContext): Promise<void> {
  const { contract, state } = context
  const head = headOf(state)
  if (!contract.prune || !head || head.number === 0 || state.session.final?.head === head.number) return
  await record(context, await decide(context, head))
}

/**
 * Makes the head the final after all when the pruned head does not run: its first run in confirm failed.
 * @returns whether it did
 */
export async function returnToHead(context: FinalContext): Promise<boolean> {
  const { final } = context.state.session
  const [head, pruned] = [headOf(context.state), finalOf(context.state)]
  if (!head || !pruned || !isPruned(final) || pruned.commit === head.commit) return false
  const first = pruned.runs.find(
    run => run.purpose === 'confirm' && run.commit === pruned.commit && run.outcome !== 'aborted',
  )
  if (!first || first.metric !== null) return false
  const which = final.removed.length === 1 ? 'it' : list(final.removed.map(r => experimentName(r.experiment)))
  const keptBack = final.removed.map(removed => ({ ...removed, why: `the head did not run without ${which}` }))
  const why = `the pruned head did not run (${first.outcome}: ${first.why})`
  await record(context, { ...headFinal(head), keptBack: [...keptBack, ...final.keptBack], why })
  return true
}

/** Journal, session.json, branch, patch, in this order: the later ones can be restored from the journal. */
async function record(context: FinalContext, final: Final): Promise<void> {
  await emit(context, { event: 'final', final })
  await writeSession(context.folder, context.state.session)
  await putFinalBranch(context)
  failpoint('final branch moved')
  await putFinalPatch(context)
  print(context, final)
}

async function decide(context: PruneContext, head: Experiment): Promise<Final> {
  const doubtful = doubtfulKeeps(context.state)
  if (doubtful.length === 0) return headFinal(head)
  // A session from before this step, or one that went back to an earlier choice.
  if (head.runs.some(run => run.purpose === 'confirm'))
    return { ...headFinal(head), why: 'confirm had run it before the choice was made' }
  return retryIfPruned(context.proposalWorktree.git, () => removeAll(context, doubtful, head))
}

type Doubtful = { change: Experiment; pReal: number }

/** Keeps to take out, newest first. */
export function doubtfulKeeps({ session, experiments }: Pick<State, 'session' | 'experiments'>): Doubtful[] {
  const noise = noiseOf(session, experiments)
  const measured = { metric: session.metric, experiments, noise, paired: isPaired(session) }
  const pReal = new Map(toPrune(keptChanges(measured, null)).map(k => [k.experiment, k.pReal]))
  return experiments.toReversed().flatMap(change => {
    const p = pReal.get(change.number)
    return p === undefined ? [] : [{ change, pReal: p }]
  })
}

/** Removes the changes one after another, each from the tree without the earlier ones, and commits the result. */
async function removeAll(context: PruneContext, doubtful: Doubtful[], head: Experiment): Promise<Final> {
  const { proposalWorktree, state } = context
  const { git } = proposalWorktree
  const removed: Final['removed'] = []
  const keptBack: Final['keptBack'] = []
  await resetWorktree(git, head.commit ?? '')
  let tree = head.tree ?? ''
  for (const { change, pReal } of doubtful) {
    const removal = await removeChange(context, change, tree)
    if (removal.kind === 'removed') {
      tree = removal.tree
      removed.push({ experiment: change.number, pReal })
    } else {
      keptBack.push({ experiment: change.number, pReal, why: removal.why })
      await git.raw('read-tree', '--reset', '-u', tree)
    }
  }
  if (tree === head.tree) return { ...headFinal(head), keptBack }
  if (tree === state.experiments[0]?.tree) {
    const all = removed.map(each => ({ ...each, why: 'without all of these the head is the baseline' }))
    const why = 'every kept change has a P(real) under 40%, and without them only the baseline is left'
    return { ...headFinal(head), keptBack: [...all, ...keptBack], why }
  }
  const commit = await commitPruned(context, head, tree, removed)
  return { head: head.number, commit, tree, removed, keptBack, branch: await availableBranch(context), why: null }
}

/** Commits the pruned tree with its ref and patch, before the journal names it: gc may delete unreferenced commits. */
async function commitPruned(
  context: PruneContext,
  head: Experiment,
  tree: string,
  removed: Final['removed'],
): Promise<string> {
  const { repository } = context
  const lines = removed.map(each => `${experimentName(each.experiment)}: P(real) ${pRealText(each.pReal)}`)
  const message = `Take out ${names(removed)}, likely luck\n\n${lines.join('\n')}`
  const commit = await repository.git.raw('commit-tree', tree, '-p', head.commit ?? '', '-m', message)
  await setRef(repository.git, finalRef(context, head.number), commit)
  await waitForGc(repository, commit)
  failpoint('final ref written')
  await writeFinalPatch(context, commit)
  return commit
}

const headFinal = ({ number, commit, tree }: Experiment): Final => ({
  head: number,
  commit: commit ?? '',
  tree: tree ?? '',
  removed: [],
  keptBack: [],
  branch: null,
  why: null,
})

const names = (changes: { experiment: number }[]): string => list(changes.map(c => experimentName(c.experiment)))

/** E.g. "removed 0007, 0012 from the head (P(real) 21%, 35%); branch autoresearch/nov21-final". Nothing without such a change. */
function print({ terminal, state }: FinalContext, { removed, keptBack, branch, why, commit }: Final): void {
  if (removed.length > 0) {
    const inOrder = removed.toReversed()
    const which = inOrder.map(each => experimentName(each.experiment)).join(', ')
    const chances = inOrder.map(({ pReal }) => pRealText(pReal)).join(', ')
    const where =
      branch === null
        ? `commit ${commit.slice(0, 7)}, because the branch ${state.session.branch}-final is another's`
        : `branch ${branch}`
    terminal.step('prune', `removed ${which} from the head (P(real) ${chances}); ${where}`)
  }
  if (why !== null) terminal.step('prune', `the head is confirmed as it is: ${why}`)
  else for (const back of keptBack) terminal.step('prune', `${experimentName(back.experiment)} stays: ${back.why}`)
}
