/** Opens a session: checks the contract against the repository, creates the session's folder, branch and worktrees. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { basename, dirname, join, posix, relative } from 'node:path'
import { z } from 'zod'
import { seedAdvice } from '../../analysis/confirm/seeds.ts'
import { Failure } from '../../lib/errors.ts'
import { asFailure, makeFolders, writeAtomic } from '../../lib/files/disk.ts'
import { readJsonIfThere } from '../../lib/files/read.ts'
import { gitIn, nullOid, openRepository, type Repository, setRef } from '../../lib/git/git.ts'
import { contains, notebook, sessionsRoot, slashes, workRoot } from '../../lib/paths.ts'
import { dateText } from '../../lib/time.ts'
import { type Contract, isInCache } from '../../program/contract.ts'
import { engineDevices } from '../../program/engine.ts'
import { canonical, hash, type Overrides, type Program, readProgram } from '../../program/read.ts'
import { writePatch } from '../../record/files/patches.ts'
import { readSessionRecord } from '../../record/files/paths.ts'
import { keepProse } from '../../record/files/prose.ts'
import { writeSource } from '../../record/files/source.ts'
import { findSession } from '../../record/find.ts'
import { readMachine } from '../../record/machine.ts'
import type { OwnSession, Session } from '../../record/schema.ts'
import { initialState } from '../../record/state.ts'
import { writeSession, writeTables } from '../../record/write.ts'
import { checkHooks, checkLauncher } from '../hooks/check.ts'
import { readsBudget } from '../train/budgetUse.ts'
import { checkEvaluate } from '../train/evaluate/check.ts'
import { trackedFiles } from '../train/freeze.ts'
import { evaluatorNote, measurementOf } from '../train/measurement.ts'
import { seedUseOf } from '../train/seedUse.ts'
import { emit, type SessionContext } from './context.ts'
import { chooseData, dataOf, otherDataNote, type UsualData } from './data.ts'
import { inherit, inheritedPatch } from './from.ts'
import { checkLinks } from './nodeFiles.ts'
import { assignGpus, closeSession, countDevices, prepare, type SessionHooks } from './prepare.ts'
import { checkLinkedSubmodules } from './submodules.ts'
import { chooseTag } from './tag.ts'
import { checkTarget } from './target.ts'

export interface Start extends SessionHooks {
  program: string
  overrides: Overrides
  tag: string | null
  /** The session whose final it starts with, as the user named it; null or absent: it starts with HEAD. */
  from?: string | null
  /** Where `tag` is null, the tag if it is free, else with a number; by default the date. */
  usualTag?: string
  /** Data where neither a flag nor program.md names any; by default those of the session `from`, else of the shell. */
  usualData?: UsualData | undefined
}

/** Opens a new session. Reports every mistake of the contract before the first run. */
export async function openSession({ terminal, echo, onBegun, interrupt, ...start }: Start): Promise<SessionContext> {
  return openBeginning(await readStart(start), { terminal, echo, onBegun, interrupt })
}

/** Makes the folder, branch and worktrees of a session that is read and checked. */
export async function openBeginning(
  { program, contract, repository, session, startNotes }: Beginning,
  hooks: SessionHooks,
): Promise<SessionContext> {
  for (const line of program.inferred) hooks.terminal.step('inferred', line)
  for (const note of startNotes) hooks.terminal.step('note', note)
  // First, because where it cannot be made, nothing shall be left behind.
  const folder = join(sessionsRoot, session.id)
  await makeFolder(folder)
  const context = await prepare(initialState(session), contract, repository, program.path, hooks).catch(
    async (error: unknown) => {
      await rm(folder, { recursive: true, force: true })
      throw error
    },
  )
  try {
    await begin(context, program)
    return context
  } catch (error) {
    await closeSession(context)
    throw error
  }
}

async function begin(context: SessionContext, { path, prose, proseHash }: Program): Promise<void> {
  const { folder, work, repository, contract, state } = context
  const { session } = state
  const ref = `refs/heads/${session.branch}`
  let hasBranch = false
  try {
    await setRef(repository.git, ref, session.baseCommit, nullOid)
    hasBranch = true
    await writeAtomic(join(work, 'where.json'), JSON.stringify({ program: path }))
    // Before the journal refers to its hash, because no other record holds the text.
    await keepProse(folder, prose, proseHash)
    await emit(context, { event: 'started', session })
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {})
    if (hasBranch) await repository.git.raw('update-ref', '-d', ref, session.baseCommit).catch(() => {})
    throw error
  }
  await writeSession(folder, session)
  if (session.inherited)
    await writePatch(folder, 0, await inheritedPatch(repository, session.inherited, session.baseCommit))
  await writeSource(folder, gitIn(repository.root, false), session.baseCommit, contract.edit)
  await writeTables(folder, state)
}

/** @throws {Failure} when it cannot be made, or exists: it may hold a session that was collected under this id */
async function makeFolder(folder: string): Promise<void> {
  await makeFolders(dirname(folder))
  await mkdir(folder).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw asFailure(folder, cause)
    // A session that was killed here leaves it empty.
    if ((await readdir(folder).catch(() => ['?'])).length === 0) return
    throw new Failure(`${folder} exists already.`, 'Move it away, or choose another --tag.', { cause })
  })
}

export interface Beginning {
  program: Program
  /** With paths from the root of the repository. */
  contract: Contract
  repository: Repository
  session: OwnSession
  /** For the user, of the session that it starts from. */
  startNotes: string[]
}

/**
 * Reads contract, repository and machine for a new session.
 * @param keep false: writes nothing, not even the machine's label
 */
export async function readStart(
  {
    program: path,
    overrides,
    tag,
    usualTag,
    usualData,
    from = null,
  }: Pick<Start, 'program' | 'overrides' | 'tag' | 'usualTag' | 'usualData' | 'from'>,
  keep = true,
): Promise<Beginning> {
  const read = await readProgram(path, overrides)
  // git names the repository without links, and paths are compared with its root.
  const program = { ...read, path: join(await realpath(dirname(read.path)), basename(read.path)) }
  const repository = await openRepository(dirname(program.path))
  const rebased = rebase(program, repository)
  const other = from === null ? null : await sessionNamed(from)
  const usual = other === null ? usualData : dataOf(other)
  const contract = { ...rebased, data: await chooseData(program, overrides, rebased, repository, usual) }
  for (const link of contract.link)
    if (!existsSync(join(repository.root, link)))
      throw new Failure(
        `${path}: link: ${link} does not exist.`,
        'Make it first (install, download), or take it out of link.',
      )
  checkLinks(path, contract)
  await checkLinkedSubmodules(repository, contract.link)
  const { git } = repository
  const place = slashes(relative(repository.root, program.path))
  const inheritance = from === null ? null : await inherit(repository, place, contract, from)
  const head = inheritance?.commit ?? repository.head
  const tracked = await trackedFiles(git, head)
  checkTarget(program, contract, tracked)
  checkEvaluate(program, contract, tracked)
  const { hooks } = program.automation
  if (hooks !== null) checkHooks(hooks, program.path, repository.root, contract.edit)
  checkLauncher(contract.engine, program.path, repository.root, contract.edit)
  const found = {
    seedUse: await seedUseOf(git, head, contract, tracked),
    measurement: await measurementOf(git, head, contract, contract.metric.name, tracked),
    readsBudget: await readsBudget(git, head, contract, tracked),
  }
  const free = await chooseTag(repository, tag, usualTag)
  const session = {
    ...describe(program, contract, repository, await readMachine(keep), free),
    ...found,
    ...(inheritance && { inherited: inheritance.inherited, baseCommit: inheritance.commit }),
  }
  const data = other === null ? null : otherDataNote(other, contract)
  const startNotes = [data === null ? null : `${other?.id}: ${data}`, evaluatorNote(contract)].filter(
    note => note !== null,
  )
  return { program, contract, repository, session, startNotes }
}

const sessionNamed = async (name: string): Promise<Session> =>
  readSessionRecord(join(sessionsRoot, await findSession(name, sessionsRoot)))

/** What a person can do so that confirm tries new seeds; empty where it does, or may. */
export const seedNotes = ({ seedUse }: Pick<OwnSession, 'seedUse'>): string[] =>
  seedUse === null ? [] : seedAdvice(seedUse)

/** Turns the contract's paths, relative to program.md's folder, into paths relative to the repository's root. */
function rebase({ path, contract }: Program, repository: Repository): Contract {
  const base = slashes(relative(repository.root, dirname(path)))
  const place = (given: string): string => {
    const inside = posix.normalize(posix.join(base, given))
    if (contains(repository.root, inside)) return inside
    throw new Failure(
      `${path}: ${given} is outside the repository ${repository.root}.`,
      'Name paths inside the repository that holds program.md.',
    )
  }
  const placed = (links: Record<string, string>) =>
    Object.fromEntries(Object.entries(links).map(([link, target]) => [place(link), target]))
  return {
    ...contract,
    edit: contract.edit.map(place),
    freeze: contract.freeze?.map(place) ?? null,
    link: contract.link.map(place),
    ...(contract.engine.use === 'local'
      ? {}
      : { engine: { ...contract.engine, links: placed(contract.engine.links) } }),
    hide: contract.hide.map(path => (isInCache(path) ? path : place(path))),
    target: place(contract.target),
  }
}

function describe(
  program: Program,
  contract: Contract,
  repository: Repository,
  machine: OwnSession['machine'],
  tag: string,
): Omit<OwnSession, 'seedUse' | 'measurement' | 'readsBudget'> {
  const { name, goal, unit, holdout } = contract.metric
  const startedAt = new Date().toISOString()
  const gpus = assignGpus(contract.slots, machine.gpus, process.env.CUDA_VISIBLE_DEVICES)
  return {
    schema: 2,
    id: `${dateText(new Date())}-${machine.label}-${tag}`,
    tag,
    program: slashes(relative(repository.root, program.path)),
    programPath: slashes(relative(notebook, program.path)),
    contractHash: hash(canonical(contract)),
    proseHash: program.proseHash,
    contract,
    metric: { name, goal, unit, holdout },
    budget: contract.budget,
    machine,
    agent: { use: contract.agent.use, model: contract.agent.model },
    clients: [],
    outages: [],
    branch: `autoresearch/${tag}`,
    baseCommit: repository.head,
    data: null,
    noise: null,
    startedAt,
    endedAt: null,
    active: [
      { from: startedAt, to: null, devices: engineDevices(contract) ?? countDevices(gpus.map(gpu => ({ gpu }))) },
    ],
    stop: null,
  }
}

const whereSchema = z.object({ program: z.string() })

/** Path of program.md of an existing session on this machine. */
export async function findProgram(id: string, fallback: string): Promise<string> {
  const advice = `Delete it: then program.md is looked for at ${fallback}.`
  const where = await readJsonIfThere(join(workRoot, id, 'where.json'), whereSchema, advice)
  return where?.program ?? fallback
}
