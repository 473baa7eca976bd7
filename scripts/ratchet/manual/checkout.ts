/** The session's own checkout, `.nightshift/<id>/hand`: a worktree in which a person or an agent in charge edits. */
import { dirname, join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { type Git, gitIn, openRepository } from '../../lib/git/git.ts'
import { addWorktree, writeTree } from '../../lib/git/worktree.ts'
import { notebook, sessionsRoot, workRoot } from '../../lib/paths.ts'
import { exists } from '../../lib/read.ts'
import type { Experiment } from '../../record/schema.ts'
import { headOf, type State } from '../../record/state.ts'
import type { Worktree } from '../session/context.ts'
import { findProgram } from '../session/open.ts'
import { replay } from '../session/resume.ts'
import type { CheckoutContext } from './context.ts'

/** The path of a session's checkout, which is made when there is none, and put at the head while nothing is edited. */
export async function findCheckout(id: string): Promise<string> {
  const { state } = await replay(join(sessionsRoot, id))
  const repository = await openRepository(dirname(await findProgram(id, join(notebook, state.session.program))))
  const checkout = await openCheckout(repository.git, state)
  const head = headOf(state)?.commit
  const isEdited = (await checkout.git.raw('status', '--porcelain')) !== ''
  if (head && !isEdited && (await baseOf(checkout, state)).commit === (await headCommit(checkout)))
    await put(checkout, head)
  return checkout.path
}

/** @throws {Failure} when something else lies in its place: it may hold somebody's work */
export async function openCheckout(repository: Git, state: State): Promise<Worktree> {
  const { id, baseCommit } = state.session
  const path = join(workRoot, id, 'hand')
  if (!(await exists(path))) {
    // Made beside and moved: what lies at the path is never half a checkout.
    await addWorktree(repository, `${path}.new`, headOf(state)?.commit ?? baseCommit)
    await repository.raw('worktree', 'move', `${path}.new`, path)
  }
  const git = gitIn(path)
  const own = await git.raw('rev-parse', '--path-format=absolute', '--git-common-dir').catch(() => '')
  if (own !== (await repository.raw('rev-parse', '--path-format=absolute', '--git-common-dir')))
    throw new Failure(`${path} is no worktree of this session.`, 'Move it away; a new one is made in its place.')
  return { path, git }
}

/** The kept experiment that the checkout's edits were made on; commits that a person made there are edits, too. */
export async function baseOf(checkout: Worktree, { experiments, session }: State): Promise<Experiment> {
  const kept = new Map(experiments.flatMap(e => (e.status === 'keep' && e.commit ? [[e.commit, e] as const] : [])))
  const commits = await checkout.git.raw('rev-list', '--first-parent', '--max-count=1000', 'HEAD')
  for (const commit of commits.split('\n')) {
    const experiment = kept.get(commit)
    if (experiment) return experiment
  }
  throw new Failure(
    `${checkout.path} is at no kept experiment of ${session.id}.`,
    `Put it at the best: \`git -C ${checkout.path} checkout --detach ${session.branch}\`.`,
  )
}

/**
 * Puts the checkout at the head, unless it holds what no ref does.
 * @returns whether it did
 */
export async function moveToHead(context: CheckoutContext, checkout: Worktree): Promise<boolean> {
  const tree = await writeTree(checkout.git)
  const isOnBase = tree === (await baseOf(checkout, context.state)).tree
  if (!context.tried.has(tree) && !isOnBase) return false
  await put(checkout, headOf(context.state)?.commit ?? context.state.session.baseCommit)
  return true
}

// No `git clean`: what git ignores there (data, an environment, notes) is its owner's.
const put = ({ git }: Worktree, commit: string): Promise<string> => git.raw('checkout', '--force', '--detach', commit)

const headCommit = ({ git }: Worktree): Promise<string> => git.raw('rev-parse', 'HEAD')
