/** Prepares a new or resumed session: lock, worktrees, slots, frozen files. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../engines/engine.ts'
import { hashFrozen } from '../../engines/local/frozenHashes.ts'
import { openRunners } from '../../engines/local/runners.ts'
import type { Opening } from '../../engines/opening.ts'
import { command } from '../../lib/command.ts'
import { freePath } from '../../lib/files/remove.ts'
import type { Repository } from '../../lib/git/git.ts'
import { keepSettings, settingsIn } from '../../lib/git/keepSettings.ts'
import { addAgentWorktree, addWorktree, openWorktree, removeWorktree } from '../../lib/git/worktree.ts'
import { sessionsRoot, workRoot } from '../../lib/paths.ts'
import { takeLock } from '../../lib/process/lock.ts'
import { killOrphans } from '../../lib/process/orphans.ts'
import { serial } from '../../lib/serial.ts'
import { sanitizeText } from '../../lib/text.ts'
import { listedGpus } from '../../lib/torch/nvidia.ts'
import { type Contract, MAX_PROPOSERS } from '../../program/contract.ts'
import { dataOfRuns } from '../../program/data.ts'
import type { State } from '../../record/state.ts'
import { isOver } from '../../record/unfinished.ts'
import { dropRequests } from '../control/handleRequests.ts'
import { openPause } from '../control/pause.ts'
import { openWatch, sampleInterval } from '../gpu/watch.ts'
import { cachesFolder } from '../sandbox/caches.ts'
import { openTraces } from '../traces/traceWatch.ts'
import { runEnvironment } from '../train/environment.ts'
import { copiesOf } from '../train/evaluate/copies.ts'
import { evaluatorFolder, openEvaluation } from '../train/evaluate/folder.ts'
import { hiddenPaths, isBelow } from '../train/evaluate/hidden.ts'
import { secretPath } from '../train/evaluate/secret.ts'
import { frozenPaths, trackedFiles } from '../train/freeze.ts'
import type { SessionContext, Slot } from './context.ts'
import { isLeft } from './leave.ts'
import { describePlaces, openPlaces, sandboxOf } from './openPlaces.ts'
import { isLinked } from './submodules.ts'

export type SessionHooks = Pick<SessionContext, 'terminal' | 'echo' | 'onBegun' | 'interrupt'>

/**
 * @param recorded as the session records it
 * @param most places of an engine that are asked for; null: all
 * @throws {Failure} when another harness runs the session
 */
export async function prepare(
  state: State,
  recorded: Contract,
  repository: Repository,
  program: string,
  hooks: SessionHooks,
  purpose: Opening['purpose'] = 'run',
  most: number | null = null,
): Promise<SessionContext> {
  const { session } = state
  const contract = contractOfRuns(recorded, session, repository.root)
  const { edit, freeze, link, hide } = contract
  const frozenFiles = await frozenPaths(repository.git, session.baseCommit, edit, freeze)
  // In a slot a linked submodule is a link to the user's checkout.
  const linked = [...link, ...(contract.engine.use === 'local' ? [] : Object.keys(contract.engine.links))]
  const paths = frozenFiles.filter(path => !isLinked(path, linked) && !isBelow(path, hide))
  const tracked = await trackedFiles(repository.git, session.baseCommit)
  const work = join(workRoot, session.id)
  // No other user reaches what a run leaves there, e.g. a program with this user's rights (setuid).
  const isNew = (await mkdir(work, { recursive: true, mode: 0o700 })) !== undefined
  const unlock = await takeLock(join(work, 'lock'), session.id)
  const made: string[] = []
  let engine: Engine | null = null
  try {
    await keepSettings(repository, settingsIn(work))
    await dropRequests(work, hooks.terminal)
    // Kills agents, hooks and setup commands that outlived their harness: they would write to the worktrees created below.
    const agents = [...[contract.agent, ...contract.fallback].keys()].flatMap(place =>
      proposers.map(proposer => agentMark(session.id, place, proposer)),
    )
    const helpers = (['setup', 'report', 'hook', 'gpu'] as const).map(who => helperMark(session.id, who))
    await killOrphans([...helpers, ...agents])
    const worktree = async (name: string, add = addWorktree) => {
      const path = join(work, name)
      made.push(path)
      return { path, git: await add(repository.git, path, session.baseCommit) }
    }
    // A run that outlived its harness still reads its slot's files, so that worktree is not reset.
    const held = new Set([...state.running.values()].map(run => run.slot))
    const slotAt = async (index: number, gpu: string | null): Promise<Slot> => {
      const path = join(work, `slot-${index}`)
      const git = held.has(index) ? await openWorktree(repository.git, path) : null
      return { index, gpu, ...(git ? { path, git } : await worktree(`slot-${index}`)) }
    }
    const [gpu = null, ...others] = assignGpus(contract.slots, session.machine.gpus, process.env.CUDA_VISIBLE_DEVICES)
    const tell = (text: string) => hooks.terminal.step('engine', text)
    engine = await openPlaces(state, contract, repository, work, tell, purpose, most)
    if (engine !== null && session.engine === undefined) await describePlaces(state, contract, engine, hooks)
    const slots: SessionContext['slots'] =
      engine === null ? [await slotAt(0, gpu)] : slotsElsewhere(engine, work, repository)
    if (engine === null) for (const [i, gpu] of others.entries()) slots.push(await slotAt(i + 1, gpu))
    const proposalWorktree = await worktree('proposal', addAgentWorktree)
    const rebaseWorktree = await worktree('stack')
    const frozen = await hashFrozen(rebaseWorktree.path, paths)
    const evaluatorFiles = tracked.filter(path => !isLinked(path, linked) && !edit.includes(path))
    const evaluationPath = join(work, 'evaluation')
    made.push(evaluationPath)
    if (held.size === 0) await freePath(evaluatorFolder(work))
    const evaluation =
      contract.evaluate === null
        ? null
        : await openEvaluation(
            evaluationPath,
            { git: repository.git, root: repository.root, commit: session.baseCommit, contract },
            await hashFrozen(rebaseWorktree.path, evaluatorFiles),
            held.size > 0,
          )
    const copies = await copiesOf(await repository.git.raw('rev-parse', '--path-format=absolute', '--git-common-dir'))
    const own = [...slots, proposalWorktree, rebaseWorktree, { path: join(work, 'hand') }].map(({ path }) => path)
    const hidden = hiddenPaths(
      contract,
      { ...copies, root: repository.root, worktrees: [...own, ...copies.worktrees] },
      tracked.some(path => isBelow(path, hide)),
    )
    const folder = join(sessionsRoot, session.id)
    const environment = runEnvironment(contract)
    const sandbox = await sandboxOf(state, contract, engine)
    const queues = { journal: serial(), judge: serial() }
    return {
      folder,
      work,
      program,
      contract,
      repository,
      slots,
      engine,
      runners: openRunners(environment),
      sandbox,
      gpus: openWatch(helperMark(session.id, 'gpu'), {
        order: environment.CUDA_DEVICE_ORDER,
        interval: sampleInterval(contract.budget),
        tell: text => hooks.terminal.step('note', text),
      }),
      traces: openTraces(repository, work, contract),
      proposalWorktree,
      rebaseWorktree,
      frozen,
      evaluation,
      hidden: evaluation === null ? hidden : [...hidden, evaluationPath, evaluatorFolder(work), secretPath],
      state,
      tried: new Map(),
      unlock,
      pause: openPause(),
      userHooks: null,
      ...queues,
      ...hooks,
    }
  } catch (error) {
    await engine?.close().catch(() => {})
    for (const path of made) await removeWorktree(repository.git, path).catch(() => {})
    await unlock()
    if (isNew) await rm(work, { recursive: true, force: true })
    throw error
  }
}

/** Slots of places: what runs there has no worktree here. */
function slotsElsewhere(engine: Engine, work: string, { git }: Repository): SessionContext['slots'] {
  const slotAt = (index: number): Slot => ({ index, gpu: null, path: join(work, `slot-${index}`), git })
  // An engine that is opened to be closed may have no place.
  return [slotAt(0), ...engine.places.slice(1).map(({ index }) => slotAt(index))]
}

/** Runs get the absolute path of a folder of data. What measures itself must also read what is hidden from other runs. */
function contractOfRuns(recorded: Contract, { measurement }: State['session'], root: string): Contract {
  const data = recorded.data == null ? {} : { data: dataOfRuns(recorded.data, root) }
  const isInside = recorded.evaluate !== null && measurement?.evaluator === undefined
  return { ...recorded, ...data, ...(isInside && { evaluate: null, hide: [] }) }
}

/** Mark of a session's processes that are neither runs nor agents: the setup command; the report's author; a hook; nvidia-smi. */
export const helperMark = (id: string, who: 'setup' | 'report' | 'hook' | 'gpu'): string => `agent-${id}-${who}`

const proposers = Array.from({ length: MAX_PROPOSERS }, (_, proposer) => proposer)

/** Mark of an agent's processes. @param place of the agent in the contract @param proposer of its turns at once, from 0 */
export const agentMark = (id: string, place: number, proposer = 0): string =>
  `agent-${id}-${place}${proposer === 0 ? '' : `-${proposer}`}`

/** Name of a proposer's transcript in the session's folder of work and, but for the first proposer of all, of its worktree. */
export const proposalName = (place: number, proposer: number): string =>
  `proposal-${place}${proposer === 0 ? '' : `-${proposer}`}`

/**
 * CUDA_VISIBLE_DEVICES for each slot: one slot per GPU, or the requested number, sharing GPUs in turn. null without
 * GPUs. GPUs that the user's CUDA_VISIBLE_DEVICES hides are not used. Pure.
 */
export function assignGpus(slots: number | 'auto', gpus: number, visible: string | undefined): (string | null)[] {
  const ids = gpus === 0 ? [] : (listedGpus(visible) ?? Array.from({ length: gpus }, (_, i) => String(i)))
  const wanted = slots === 'auto' ? Math.max(1, ids.length) : slots
  return Array.from({ length: wanted }, (_, i) => ids[i % ids.length] ?? null)
}

/** GPUs that the slots use; without a GPU the slots, as their runs may use one elsewhere. */
export const countDevices = (slots: readonly { gpu: string | null }[]): number =>
  new Set(slots.flatMap(({ gpu }) => gpu ?? [])).size || slots.length

/** Gives the engine's places back, unless runs go on that a resumption finds. A session that is left keeps them. */
async function leaveEngine(context: SessionContext): Promise<void> {
  const { engine, state, terminal } = context
  const isUnfinished = state.session.stop === null || !isOver(state.session.stop.kind)
  const goesOn = isLeft(context) ? isUnfinished || state.running.size > 0 : isUnfinished && state.running.size > 0
  await (goesOn ? engine?.detach() : engine?.close())?.catch((error: unknown) => {
    // The lock is released all the same.
    const text = error instanceof Error ? error.message : String(error)
    const cancel = command(`session cancel ${state.session.id}`)
    terminal.step('warning', `not everything was given back: ${sanitizeText(text, 300)} \`${cancel}\` does it`)
  })
}

/** Removes the worktrees and releases the lock; records, refs and branch remain. */
export async function closeSession(context: SessionContext): Promise<void> {
  const { repository, work, unlock, proposalWorktree, rebaseWorktree, slots, runners, gpus, state } = context
  runners.close()
  await gpus.close()
  // Also those of another number of slots or agents, and those that a run or an agent has deleted.
  const names = await readdir(work).catch(() => [])
  const left = names.filter(name => /^(slot-\d+|proposal(-\d+){1,2})$/.test(name)).map(name => join(work, name))
  const ours = [proposalWorktree, rebaseWorktree, ...slots].map(({ path }) => path)
  const paths = new Set([...ours, ...(context.evaluation === null ? [] : [context.evaluation.folder]), ...left])
  // What cannot be removed, e.g. a folder that a run made unwritable, stays: the lock is released all the same.
  for (const path of paths) await removeWorktree(repository.git, path).catch(() => {})
  await leaveEngine(context)
  // Gigabytes, maybe. A session that goes on finds what it has compiled.
  if (state.session.stop !== null && isOver(state.session.stop.kind)) await freePath(cachesFolder(work))
  await unlock()
}
