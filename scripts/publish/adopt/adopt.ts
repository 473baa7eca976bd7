/** `pnpm adopt`: what a session found, as a clean branch of the target's repository, run again beside the session's start. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '../../analysis/schema.ts'
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import type { Repository } from '../../lib/git/git.ts'
import { addWorktree, removeWorktree } from '../../lib/git/worktree.ts'
import { workRoot } from '../../lib/paths.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { whileInterruptible } from '../../lib/process/interrupt.ts'
import { takeLock } from '../../lib/process/lock.ts'
import { canonical, hash } from '../../program/read.ts'
import { type Adoption, readAdopted, recordAdoption } from '../../record/files/adopted.ts'
import { readSession } from '../../record/files/paths.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { finalOf } from '../../record/state.ts'
import { readReportInput } from '../../report/input.ts'
import { repositoryOf } from '../pullRequest/branch/changes.ts'
import { refWord } from '../pullRequest/branch/name.ts'
import { checkBranch, checkNotCheckedOut, moveBranch } from './branch.ts'
import { type Chosen, choose } from './choose.ts'
import { commitAll, type Planned } from './commit.ts'
import type { AdoptContext } from './context.ts'
import { measure } from './measure.ts'
import { changeMessage, squashMessage } from './message.ts'
import { promisedBy } from './promise.ts'
import type { AdoptRequest } from './request.ts'
import { type Step, stackChosen, writeChange } from './stack.ts'

export interface Adopted {
  adoption: Adoption
  digest: Digest
  repository: Repository
}

/**
 * Makes the branch, or finds the one that an earlier call made of the same, and runs it beside the baseline.
 * @throws {Failure} when nothing is proven, a change does not apply, or git or a hook refuses a commit
 */
export async function adopt(id: string, request: AdoptRequest, context: AdoptContext): Promise<Adopted> {
  const folder = join(context.root, id)
  const { session, experiments } = await readSession(folder)
  if (session.stop === null)
    throw new Failure(
      `${id} has not ended.`,
      `Wait for its end; one that was interrupted goes on with \`${command(`session resume ${shellWord(id)}`)}\`.`,
    )
  const { digest, patches } = await readReportInput(folder)
  const chosen = choose(id, { session, experiments }, digest, request.selection)
  const repository = await repositoryOf(session)
  const base = await startOf(session, repository)
  const making = { id, folder, session, experiments, digest, chosen, repository, base, request }
  const made = await whileInterruptible(stopped =>
    withPlace(id, repository, base, place => makeBranch({ ...making, place, stopped }, context)),
  )
  const records = { session, experiments, digest, patches }
  const adoption = request.run
    ? await measure(id, folder, made, chosen, records, request, context)
    : await withoutRun(folder, made, 'it was adopted with --no-run')
  if (!request.run || session.source !== undefined) await context.writeReport(folder)
  return { adoption, digest, repository }
}

async function withoutRun(folder: string, adoption: Adoption, why: string): Promise<Adoption> {
  if (adoption.measured !== null) return adoption
  const recorded = { ...adoption, notMeasured: why }
  await recordAdoption(folder, recorded)
  return recorded
}

/** The session's first commit, which must be in the repository. */
async function startOf({ id, baseCommit, source }: Session, { root, git }: Repository): Promise<string> {
  if (baseCommit === null)
    throw new Failure(
      `The records of ${id} do not name its commits: it was collected from a table.`,
      'Take its changes over by hand: its page shows their diffs where they are known.',
    )
  return git
    .raw('rev-parse', '--verify', '--quiet', '--end-of-options', `${baseCommit}^{commit}`)
    .catch((cause: unknown) => {
      throw new Failure(
        `${root} lacks the commit ${baseCommit.slice(0, 7)}, at which ${id} started.`,
        source === undefined
          ? 'Was the repository cloned anew? `git fetch` the branch of the session from where it ran, and run the command again.'
          : 'It was run elsewhere: adopt it in the notebook and repository in which it ran.',
        { cause },
      )
    })
}

interface Place {
  /** Folder for patches and messages. */
  folder: string
  /** Path of the worktree. */
  path: string
  worktree: Awaited<ReturnType<typeof addWorktree>>
}

/** Works in a worktree of its own, which is removed whatever happens; what a killed call left is replaced. */
async function withPlace<T>(
  id: string,
  { git }: Repository,
  base: string,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const folder = join(workRoot, `adopt-${id}`)
  await mkdir(folder, { recursive: true })
  // Beside the folder, which is removed while the lock is held.
  const unlock = await takeLock(`${folder}.lock`, `A branch of ${id}`, {
    is: 'made',
    advice: 'Wait for it, and run the command again.',
  })
  const path = join(folder, 'branch')
  try {
    return await work({ folder, path, worktree: await addWorktree(git, path, base) })
  } finally {
    await removeWorktree(git, path)
    await rm(folder, { recursive: true, force: true })
    await unlock()
  }
}

interface Making {
  id: string
  folder: string
  session: Session
  experiments: Experiment[]
  digest: Digest
  chosen: Chosen
  repository: Repository
  base: string
  request: AdoptRequest
  place: Place
  /** Aborted by Ctrl-C. */
  stopped: AbortSignal
}

/** Records the branch before it is moved, so that one that a killed call moved is known to be ours. */
async function makeBranch(making: Making, { env, terminal }: AdoptContext): Promise<Adoption> {
  const { id, folder, session, repository, base, request, place, chosen, digest, stopped } = making
  const branch = request.branch ?? `adopt/${refWord(session.tag, 'session')}`
  const earlier = (await readAdopted(folder)).find(adoption => adoption.branch === branch)
  const before = await checkBranch(repository, branch, earlier)
  const steps = await stepsOf(making)
  const final = finalOf(making)
  const isFinal = steps.at(-1)?.tree === final?.tree
  const planned = plannedCommits(steps, making, isFinal)
  const plan = hash(canonical({ base, planned }))
  const now = new Date().toISOString()
  const promised = promisedBy(chosen, digest, isFinal)
  const leftOut = chosen.leftOut.map(({ experiment, why }) => ({ experiment: experiment.number, why }))
  if (earlier?.plan === plan && before === earlier.tip) {
    terminal.step(
      'branch',
      `${branch} holds these changes already, at ${earlier.tip.slice(0, 7)}; delete it to commit anew`,
    )
    // Confirm may have made further runs since.
    const again = {
      ...earlier,
      promised,
      leftOut,
      isConfirmedCode: earlier.isConfirmedCode && digest.confirmed !== null,
    }
    await recordAdoption(folder, again)
    return again
  }
  await checkNotCheckedOut(repository, branch)
  await place.worktree.raw('checkout', '--quiet', '--force', '--detach', base)
  const commits = await commitAll({ ...place, root: repository.root, env, terminal, stopped }, planned)
  const tip = commits.at(-1) ?? base
  const tree = await repository.git.raw('rev-parse', `${tip}^{tree}`)
  const adoption: Adoption = {
    branch,
    base,
    tip,
    before,
    chosen: request.selection.by,
    changes: steps.map(({ change }, i) => ({
      experiment: change.experiment.number,
      commit: (request.squash ? tip : commits[i]) ?? tip,
    })),
    leftOut,
    squash: request.squash,
    isConfirmedCode: tree === final?.tree && digest.confirmed !== null,
    plan,
    promised,
    measured: null,
    notMeasured: 'its runs have not ended',
    shortfall: null,
    at: now,
  }
  await recordAdoption(folder, adoption)
  failpoint('adoption recorded')
  await moveBranch(repository, branch, tip, before)
  failpoint('adopted branch moved')
  terminal.step('branch', `${branch} at ${tip.slice(0, 7)}, from ${base.slice(0, 7)}, where ${id} started`)
  if (session.inherited !== undefined)
    terminal.step(
      'note',
      `its first commit after ${session.inherited.base.slice(0, 7)} is ${base.slice(0, 7)}, with what the session inherited from ${session.inherited.session}; the runs below do not count what that gains`,
    )
  if (session.replication !== undefined && session.replication.set.length > 0)
    terminal.step(
      'note',
      `its first commit after ${session.replication.head.slice(0, 7)} is ${base.slice(0, 7)}, with what --set gave the baseline: ${session.replication.set.map(({ knob, to }) => `${knob} = ${to}`).join(', ')}`,
    )
  if (tree !== steps.at(-1)?.tree)
    terminal.step('note', 'a hook of the repository changed files as they were committed')
  return adoption
}

async function stepsOf({ id, chosen, repository, base, place }: Making): Promise<Step[]> {
  const at = { repository, worktree: place.worktree, folder: place.folder }
  const changes = await Promise.all(chosen.changes.map(experiment => writeChange(at, experiment)))
  const leftOut = await Promise.all(chosen.leftOut.map(({ experiment }) => writeChange(at, experiment)))
  return stackChosen(at, base, changes, leftOut, id)
}

/** @throws {Failure} when a title is given for several commits */
function plannedCommits(steps: Step[], { digest, id, request }: Making, isFinal: boolean): Planned[] {
  const experiments = steps.map(({ change }) => change.experiment)
  const tree = steps.at(-1)?.tree ?? ''
  const facts = { id, digest, together: isFinal ? experiments.length : null }
  if (request.squash || experiments.length === 1)
    return [{ tree, message: squashMessage(experiments, facts, request.title) }]
  if (request.title !== null)
    throw new Failure(
      `--title is the subject of one commit, and the branch has ${experiments.length}.`,
      'Give --squash too; the title of a pull request is given to `post`.',
    )
  return steps.map(step => ({ tree: step.tree, message: changeMessage(step.change.experiment, facts) }))
}
