/** The session's checkout, `.nightshift/<id>/hand`: a worktree for manual edits, by a person or their agent. */
import { dirname, join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { exists } from '../../lib/files/read.ts'
import { type Git, gitIn, openRepository } from '../../lib/git/git.ts'
import { settingsIn, useKept } from '../../lib/git/keepSettings.ts'
import { addWorktree, writeTree } from '../../lib/git/worktree.ts'
import { notebook, sessionsRoot, workRoot } from '../../lib/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { headOf, type State } from '../../record/state.ts'
import type { Worktree } from '../session/context.ts'
import { findProgram } from '../session/open.ts'
import { replay } from '../session/resume.ts'
import type { CheckoutContext } from './context.ts'

/** Returns the path of a session's checkout. Creates it when missing, and moves it to the head when it has no edits. */
export async function findCheckout(id: string): Promise<string> {
  const { state } = await replay(join(sessionsRoot, id))
  const repository = await openRepository(dirname(await findProgram(id, join(notebook, state.session.program))))
  useKept(repository, settingsIn(join(workRoot, id)))
  const checkout = await openCheckout(repository.git, state)
  const head = headOf(state)?.commit
  const isEdited = (await checkout.git.raw('status', '--porcelain', '--ignore-submodules=dirty')) !== ''
  if (head && !isEdited && (await baseOf(checkout, state)).commit === (await headCommit(checkout)))
    await checkOut(checkout, head)
  return checkout.path
}

/** @throws {Failure} when the path holds something else, which may be a user's work */
export async function openCheckout(repository: Git, state: State): Promise<Worktree> {
  const { id, baseCommit } = state.session
  const path = join(workRoot, id, 'hand')
  if (!(await exists(path))) {
    // Created beside the path and moved, so that the path never holds a partial checkout.
    await addWorktree(repository, `${path}.new`, headOf(state)?.commit ?? baseCommit)
    await repository.raw('worktree', 'move', `${path}.new`, path)
  }
  const common = ['rev-parse', '--path-format=absolute', '--git-common-dir']
  const asked = await gitIn(path)
    .raw(...common, '--absolute-git-dir')
    .catch(() => '')
  const [found, gitDir] = asked.split('\n')
  if (found !== (await repository.raw(...common)) || gitDir === undefined || dirname(dirname(gitDir)) !== found)
    throw new Failure(`${path} is not a worktree of this session.`, 'Move it away; a new worktree is created there.')
  return { path, git: gitIn(path, true, gitDir) }
}

/** Returns the kept experiment that the edits are based on; commits made in the checkout count as edits. */
export async function baseOf(checkout: Worktree, { experiments, session }: State): Promise<Experiment> {
  const kept = new Map(experiments.flatMap(e => (e.status === 'keep' && e.commit ? [[e.commit, e] as const] : [])))
  const commits = await checkout.git.raw('rev-list', '--first-parent', '--max-count=1000', 'HEAD')
  for (const commit of commits.split('\n')) {
    const experiment = kept.get(commit)
    if (experiment) return experiment
  }
  throw new Failure(
    `${checkout.path} is not based on a kept experiment of ${session.id}.`,
    `Move it to the head: \`git -C ${checkout.path} checkout --detach ${session.branch}\`.`,
  )
}

/**
 * Moves the checkout to the head, unless it holds edits that were never tried and so are in no ref.
 * @returns whether it moved
 */
export async function moveToHead(context: CheckoutContext, checkout: Worktree): Promise<boolean> {
  const tree = await writeTree(checkout.git)
  const isOnBase = tree === (await baseOf(checkout, context.state)).tree
  if (!context.tried.has(tree) && !isOnBase) return false
  await checkOut(checkout, headOf(context.state)?.commit ?? context.state.session.baseCommit)
  return true
}

// No `git clean`: ignored files (data, an environment, notes) belong to the user.
const checkOut = ({ git }: Worktree, commit: string): Promise<string> =>
  git.raw('checkout', '--force', '--detach', commit)

const headCommit = ({ git }: Worktree): Promise<string> => git.raw('rev-parse', 'HEAD')
