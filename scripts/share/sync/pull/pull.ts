/** Brings the sessions of the other branches into the notebook: what is new, and what has changed there. */

import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { type ForeignGit, withGit } from '../../../collect/git/git.ts'
import { command, shellWord } from '../../../lib/command.ts'
import { Failure } from '../../../lib/errors.ts'
import { listIfThere } from '../../../lib/files/read.ts'
import { notebook as checkout } from '../../../lib/paths.ts'
import { failpoint } from '../../../lib/process/failpoint.ts'
import type { Terminal } from '../../../lib/terminal/terminal.ts'
import { named, plural, sanitizeText } from '../../../lib/text.ts'
import { readAutomation } from '../../../program/read.ts'
import { recordSchema } from '../../../record/schema1.ts'
import { branchPrefix, stoppedFailure } from '../refs.ts'
import type { ShareRepository } from '../repository.ts'
import type { SyncRequest } from '../request.ts'
import { isId } from '../sessionId.ts'
import { type SyncState, writeState } from '../state.ts'
import { type Bringing, bringSession } from './bring.ts'
import { readCommit, readTrust, type SharedCommit, type Trust } from './commit.ts'
import { fetchBranches, isBranchName, isContinued } from './fetch.ts'
import { type Listed, listSessionTrees, notebookOf, readSessionBlob } from './listing.ts'
import { markAgain, markVerified } from './marks.ts'
import { Refused } from './refused.ts'

export type PullOptions = Pick<
  SyncRequest,
  'machines' | 'since' | 'tag' | 'accept' | 'restore' | 'verified' | 'program' | 'dryRun'
>

export interface PullContext {
  /** Folder of the session records. */
  root: string
  /** Id of this notebook: a branch with it in notebook.json is an earlier one of its own. */
  notebook: string
  /** Branches `sessions/*` of the remote with their commits, as they were listed just now. */
  tips: Map<string, string>
  terminal: Pick<Terminal, 'step' | 'live'>
  /** Aborted by Ctrl-C. */
  stopped: AbortSignal
}

export interface PulledSession {
  id: string
  branch: string
  /**
   * `withdrawn`: no longer on the branch, and kept here. `deleted`: here, and not brought again. `unverified`: left out with
   * --verified. `marked`: here, and its signature counts otherwise than before.
   */
  what: 'new' | 'changed' | 'marked' | 'refused' | 'withdrawn' | 'deleted' | 'unverified'
  /** Of `refused`, `unverified` and `marked`. */
  why: string | null
}

export interface Pulled {
  /** Those that were brought earlier and are as they were are not listed. */
  sessions: PulledSession[]
  /** Thrown at the end, after all else was done. */
  failures: Failure[]
}

type PulledBranch = SyncState['pulled'][string]

/** What one call works with. */
interface Work {
  share: ShareRepository
  state: SyncState
  options: PullOptions
  context: PullContext
  trust: Trust | null
  /** Names of the folders of sessions. */
  here: Set<string>
  /** Branches whose history no longer holds what was read of them. */
  rewritten: string[]
  pulled: Pulled
}

/**
 * State is written after each session: a sync that is killed goes on at the next one.
 * @throws {Failure} when the remote cannot be read, or a flag names what is not there
 */
export async function pull(
  share: ShareRepository,
  given: SyncState,
  options: PullOptions,
  context: PullContext,
): Promise<Pulled> {
  const trust = await trustOf(options)
  const state = options.dryRun ? structuredClone(given) : given
  const here = new Set(await listIfThere(context.root))
  const work: Work = {
    share,
    state,
    options,
    context,
    trust,
    here,
    rewritten: [],
    pulled: { sessions: [], failures: [] },
  }
  const names = chooseBranches(work)
  const changed = names.filter(name => needsReading(work, name))
  const fetched = await fetchBranches(share, changed, context.tips)
  if (changed.length > 0)
    await withGit(share.path, 'file', async git => {
      for (const name of changed) {
        const tip = fetched.get(name)
        if (tip !== undefined && !context.stopped.aborted) await pullBranch(work, git, name, tip)
      }
    })
  listDeleted(work, names)
  if (context.stopped.aborted) work.pulled.failures.push(stoppedFailure())
  if (work.rewritten.length > 0) work.pulled.failures.push(rewritten(work))
  return work.pulled
}

/** @throws {Failure} for --verified without an allowed-signers file */
async function trustOf({ program, verified }: PullOptions): Promise<Trust | null> {
  const path = program ?? join(checkout, 'program.md')
  const trust = (await readAutomation(path)).share?.trust ?? null
  if (trust !== null) return readTrust(resolve(dirname(path), trust))
  if (verified)
    throw new Failure(
      `--verified needs the people whom you trust, and ${path} names none.`,
      'Write `share: { trust: PATH }` into it: a file of allowed signers, as ssh-keygen describes it.',
    )
  return null
}

/** Branches of others that were asked for. @throws {Failure} when one that a flag names is not there */
function chooseBranches({ state, options, context }: Work): string[] {
  const others = [...context.tips.keys()].filter(name => name !== state.branch && isBranchName(name)).sort()
  const missing = [...options.machines, ...options.accept].find(machine => !others.includes(branchPrefix + machine))
  if (missing !== undefined)
    throw new Failure(
      `The remote has no branch sessions/${sanitizeText(missing)} of another notebook.`,
      others.length === 0 ? 'It has no other branch of sessions.' : `It has ${named(others, 10)}.`,
    )
  return options.machines.length === 0 ? others : options.machines.map(machine => branchPrefix + machine)
}

/** Whether a branch has anything that was not read with the present means. */
function needsReading({ state, options, context, trust }: Work, name: string): boolean {
  const known = state.pulled[name]
  return (
    known === undefined ||
    !known.complete ||
    known.tip !== context.tips.get(name) ||
    known.trust !== (trust?.hash ?? null) ||
    known.reads !== recordSchema ||
    options.restore.some(id => known.sessions[id] !== undefined)
  )
}

async function pullBranch(work: Work, git: ForeignGit, name: string, tip: string): Promise<void> {
  const { share, state, options, context, trust, pulled } = work
  const known = state.pulled[name]
  // State was lost, or the notebook got another branch.
  if (known === undefined && (await notebookOf(git, tip)) === context.notebook) return
  const isAccepted = options.accept.includes(name.slice(branchPrefix.length))
  if (known && known.tip !== tip && !isAccepted && !(await isContinued(share, known.tip, tip)))
    return void work.rewritten.push(name)
  const commit = await readCommit(share, tip, trust)
  const branch = startBranch(work, name, tip)
  const marking = { share, root: context.root, branch: name, dryRun: options.dryRun }
  if (known && branch.trust !== known.trust)
    for (const { id, mark } of await markAgain(marking, takenFrom(known), trust))
      pulled.sessions.push({ id, branch: name, what: 'marked', why: mark })
  const listed = await listSessionTrees(git, tip)
  let isComplete = true
  for (const [i, session] of listed.entries()) {
    if (context.stopped.aborted) return
    context.terminal.live(`${name}: session ${i + 1} of ${listed.length}`)
    const isRead = await pullSession(work, git, { name, branch, commit, isNewTip: known?.tip !== tip }, session)
    isComplete &&= isRead
  }
  const there = new Set(listed.map(({ id }) => id))
  for (const id of takenFrom(branch))
    if (!there.has(id) && work.here.has(id)) pulled.sessions.push({ id, branch: name, what: 'withdrawn', why: null })
  branch.complete = isComplete
  await save(work)
}

function rewritten({ share, state, rewritten: names }: Work): Failure {
  const were = names.length === 1 ? 'was' : 'were'
  const accept = names.map(name => `--accept ${shellWord(name.slice(branchPrefix.length))}`).join(' ')
  const commits = named(names.map(name => `${name} (${state.pulled[name]?.tip.slice(0, 7)})`))
  return new Failure(
    `${plural(names.length, 'branch', 'branches')} of ${share.address} ${were} rewritten, and no longer ${names.length === 1 ? 'holds' : 'hold'} the commit that was read last: ${commits}.`,
    `What was brought from there is still here, and nothing new was brought. Ask the owner why; \`${command(`sync ${accept}`)}\` takes it as it is now.`,
  )
}

/** The state of a branch while it is read. Refusals of a version that read other records are forgotten. */
function startBranch({ state, trust }: Work, name: string, tip: string): PulledBranch {
  const known = state.pulled[name]
  const isSame = known?.reads === recordSchema
  const sessions = Object.entries(known?.sessions ?? {}).filter(([, { refused }]) => isSame || refused === null)
  const branch: PulledBranch = {
    tip,
    complete: false,
    trust: trust?.hash ?? null,
    reads: recordSchema,
    sessions: Object.fromEntries(sessions),
  }
  state.pulled[name] = branch
  return branch
}

/** Ids of the sessions that were brought in. */
const takenFrom = ({ sessions }: PulledBranch): string[] =>
  Object.entries(sessions).flatMap(([id, { refused }]) => (refused === null ? [id] : []))

interface OnBranch {
  name: string
  branch: PulledBranch
  commit: SharedCommit
  isNewTip: boolean
}

/** @returns whether nothing of it is left to be read by a later sync */
async function pullSession(work: Work, git: ForeignGit, on: OnBranch, { id, tree }: Listed): Promise<boolean> {
  const { share, options, context, pulled } = work
  const { name, branch, commit, isNewTip } = on
  const list = (what: PulledSession['what'], why: string | null = null) =>
    void pulled.sessions.push({ id: sanitizeText(id, 120), branch: name, what, why })
  if (tree === null) {
    list('refused', 'it is no folder, or is listed twice')
    return true
  }
  const known = Object.hasOwn(branch.sessions, id) ? branch.sessions[id] : undefined
  const isHere = work.here.has(id)
  const isDeleted = known?.refused === null && !isHere
  // `listDeleted` lists it.
  if (isDeleted && !options.restore.includes(id)) return true
  if (known?.tree === tree && !isDeleted) {
    if (known.refused !== null) list('refused', known.refused)
    else if (isNewTip && commit.signature?.verified) {
      const marking = { share, root: context.root, branch: name, dryRun: options.dryRun }
      const remarked = await markVerified(marking, id, commit)
      if (remarked) list('marked', remarked.mark)
    }
    return true
  }
  if (isHere && isHeldAsOtherBranch(work, name, id, tree)) return true
  if (!(await isWanted(git, tree, options))) return false
  if (options.verified && !commit.signature?.verified) {
    list('unverified', `the commit ${commit.commit.slice(0, 7)} is not signed by anyone whom \`share.trust\` names`)
    return false
  }
  const bringing: Bringing = {
    git,
    root: context.root,
    incoming: join(share.folder, 'incoming'),
    address: share.address,
    shared: { branch: name, ...commit },
    branches: new Set(context.tips.keys()),
    dryRun: options.dryRun,
  }
  try {
    await bringSession(id, tree, bringing)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    list('refused', error.message)
    // A session that was brought earlier stays as it was, and counts as one that is here.
    if (error.isFinal && known?.refused !== null) await remember(work, on, id, { tree, refused: error.message })
    return error.isFinal
  }
  list(known?.refused === null && isHere ? 'changed' : 'new')
  work.here.add(id)
  failpoint('session brought')
  await remember(work, on, id, { tree, refused: null })
  return true
}

/** An own session, or one that another branch brought, as it is here: a notebook that got another branch left it on this one. */
function isHeldAsOtherBranch({ state }: Work, name: string, id: string, tree: string): boolean {
  const others = Object.entries(state.pulled).filter(([other]) => other !== name)
  const held = others.map(([, { sessions }]) => (Object.hasOwn(sessions, id) ? sessions[id] : undefined))
  const isOwn = Object.hasOwn(state.pushed, id) && state.pushed[id]?.tree === tree
  return isOwn || held.some(known => known?.refused === null && known.tree === tree)
}

const wantedSchema = z.object({ tag: z.string(), endedAt: z.iso.datetime().nullish() })

/** By --tag and --since. What cannot be read is wanted, so that it is refused with its reason. */
async function isWanted(git: ForeignGit, tree: string, { tag, since }: PullOptions): Promise<boolean> {
  if (tag === null && since === null) return true
  const { data } = wantedSchema.safeParse(await readSessionBlob(git, tree))
  if (data === undefined) return true
  const isRecent = since === null || data.endedAt == null || new Date(data.endedAt) >= since
  return isRecent && (tag === null || data.tag === tag)
}

type Remembered = PulledBranch['sessions'][string]

async function remember(work: Work, { branch }: OnBranch, id: string, what: Remembered): Promise<void> {
  // Any other name would also be one that objects have, such as __proto__.
  if (!isId(id)) return
  branch.sessions[id] = what
  await save(work)
}

async function save({ share, state, options }: Work): Promise<void> {
  if (options.dryRun) return
  await writeState(share.folder, state)
  failpoint('pulled state written')
}

function listDeleted({ state, here, pulled }: Work, names: string[]): void {
  for (const name of names) {
    const known = state.pulled[name]
    for (const id of known ? takenFrom(known) : [])
      if (!here.has(id)) pulled.sessions.push({ id, branch: name, what: 'deleted', why: null })
  }
}
