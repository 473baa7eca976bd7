/** Puts this notebook's new and changed sessions on its branch, as one commit, and pushes that. */
import { Failure } from '../../../lib/errors.ts'
import { setRef } from '../../../lib/git/git.ts'
import { failpoint } from '../../../lib/process/failpoint.ts'
import { suggest } from '../../../lib/suggest.ts'
import type { Terminal } from '../../../lib/terminal/terminal.ts'
import { named, sanitizeText } from '../../../lib/text.ts'
import { type OwnBranch, ownBranch } from '../branch.ts'
import { listTips } from '../refs.ts'
import { ownRef, type ShareRepository } from '../repository.ts'
import type { SyncRequest } from '../request.ts'
import { type SyncState, writeState } from '../state.ts'
import { commitTree, messageOf } from './commit.ts'
import { type Selected, selectSessions } from './select.ts'
import { send } from './send.ts'
import { buildTree, sessionTrees } from './tree.ts'

export type PushOptions = Pick<
  SyncRequest,
  'since' | 'tag' | 'withLogs' | 'name' | 'withdraw' | 'restore' | 'workflow' | 'dryRun'
>

export interface PushContext {
  /** Folder of the session records. */
  root: string
  /** Id of this notebook. */
  notebook: string
  /** Label of the machine. */
  label: string
  /** The notebook's folder, whose git settings say who commits. */
  checkout: string
  env: NodeJS.ProcessEnv
  /** Branches `sessions/*` of the remote with their commits, as they were listed just now. */
  tips: Map<string, string>
  terminal: Pick<Terminal, 'live'>
  stopped: AbortSignal
}

export interface PushedSession {
  id: string
  /** `deleted`: no longer here, and left on the branch. */
  what: 'new' | 'changed' | 'withdrawn' | 'deleted'
}

export interface Pushed {
  /** null: there is nothing to push and it was not made, or a dry run would make it. */
  branch: string | null
  sessions: PushedSession[]
  /** The branch's commit at the remote; null: it has none. In a dry run the one that is there now. */
  commit: string | null
}

/** Other machines may take the name of a new branch first. */
const MAX_NAMES_LOST = 10

/** @throws {Failure} when a file holds a key, or the remote refuses the branch; it is then as it was */
export async function push(
  share: ShareRepository,
  state: SyncState,
  options: PushOptions,
  context: PushContext,
): Promise<Pushed> {
  let { tips } = context
  for (let lost = 0; lost < MAX_NAMES_LOST; lost++) {
    const pushed = await pushOnce(share, state, options, { ...context, tips })
    if (pushed !== null) return pushed
    tips = await listTips(share)
  }
  throw new Failure(
    `The branch of this notebook could not be pushed to ${share.address}: others moved it each time.`,
    'Run the command again, or choose another name: --name.',
  )
}

/** null: another machine took the branch's name meanwhile. */
async function pushOnce(
  share: ShareRepository,
  state: SyncState,
  options: PushOptions,
  context: PushContext,
): Promise<Pushed | null> {
  const { notebook, label, root, tips, terminal, stopped } = context
  const own = await ownBranch(share, state, { name: options.name, tips, notebook, label })
  const { branch, parent, tip } = own
  const there = await sessionTrees(share, parent)
  const withdrawn = withdrawals(options, state, there)
  const { changed, here } = await selectSessions(root, { ...state, withdrawn }, there, options)
  const removed = withdrawn.filter(id => there.has(id))
  const workflow = options.workflow === 'none' ? null : (options.workflow ?? state.workflow)
  const hasWork = changed.length > 0 || removed.length > 0 || workflow !== state.workflow
  // A branch without a session says nothing.
  if (!hasWork && parent === null) return { branch: null, sessions: [], commit: tip }
  const onRead = (id: string, done: number) =>
    terminal.live(`read ${sanitizeText(id)} (${done + 1} of ${changed.length})`)
  const known = { schema: 1 as const, notebook, machine: label }
  const tree = hasWork
    ? await buildTree({ share, parent, notebook: known, workflow, changed, removed, onRead, stopped })
    : await treeOf(share, parent)
  failpoint('sync tree built')
  if (stopped.aborted) throw new Failure('Stopped before anything was pushed.', 'The next sync does it.')
  const trees = hasWork ? await sessionTrees(share, tree) : there
  // At the remote, which may have lost commits, or not have got those of a sync that was killed.
  const sessions = listChanges(here, tip === parent ? there : await sessionTrees(share, tip), trees)
  if (options.dryRun) return { branch: tip === null ? null : branch, sessions, commit: tip }
  const commit = parent !== null && tree === (await treeOf(share, parent)) ? parent : await committed(tree)
  if (commit !== tip) {
    terminal.live(`push ${branch}`)
    if (!(await send(share, branch, commit))) return lostName(share, state, own, options)
    failpoint('sync pushed')
  }
  remember(state, branch, changed, trees, withdrawn)
  state.workflow = workflow
  await writeState(share.folder, state)
  failpoint('sync push recorded')
  return { branch, sessions, commit }

  async function committed(tree: string): Promise<string> {
    const message = messageOf(listChanges(here, there, trees))
    const committing = { share, notebook: context.checkout, env: context.env, stopped }
    const commit = await commitTree(committing, tree, parent, message)
    failpoint('sync committed')
    await setRef(share.git, ownRef(branch), commit)
    failpoint('sync branch moved')
    return commit
  }
}

const treeOf = ({ git }: ShareRepository, commit: string | null): Promise<string> =>
  git.raw('rev-parse', '--verify', `${commit}^{tree}`)

/** Only a branch that was new is lost to another machine; of another one the next look says who wrote it. */
async function lostName(
  share: ShareRepository,
  state: SyncState,
  { branch, tip }: OwnBranch,
  { name }: Pick<PushOptions, 'name'>,
): Promise<null> {
  if (tip === null && state.branch === null && name === null) await share.git.raw('update-ref', '-d', ownRef(branch))
  return null
}

/** Ids that are taken off the branch, or stay off it. @throws {Failure} for a session that is not on the branch */
function withdrawals(
  { withdraw, restore }: Pick<SyncRequest, 'withdraw' | 'restore'>,
  { withdrawn }: Pick<SyncState, 'withdrawn'>,
  there: Map<string, string>,
): string[] {
  const known = [...new Set([...there.keys(), ...withdrawn])]
  const further = withdraw.map(typed => knownId(typed, known))
  return [...new Set([...withdrawn, ...further])].filter(id => !restore.includes(id))
}

/** @param typed an id or the beginning of one */
function knownId(typed: string, known: string[]): string {
  if (known.includes(typed)) return typed
  const [only, ...others] = known.filter(id => id.startsWith(typed))
  if (only !== undefined && others.length === 0) return only
  const shown = sanitizeText(typed, 150)
  throw only === undefined
    ? new Failure(
        `${shown} is not on the branch of this notebook.`,
        suggest(typed, known, known.length === 0 ? 'It has no session yet.' : `It has ${named(known, 10)}.`),
      )
    : new Failure(`${shown} may be any of ${others.length + 1} sessions.`, `Name one: ${named([only, ...others], 10)}.`)
}

/** What differs between the trees of sessions on the branch, and what is on it of sessions that are no longer here. */
function listChanges(here: Set<string>, before: Map<string, string>, after: Map<string, string>): PushedSession[] {
  const put: PushedSession[] = []
  const off: PushedSession[] = []
  for (const [id, tree] of after) {
    if (before.get(id) !== tree) put.push({ id, what: before.has(id) ? 'changed' : 'new' })
    if (!here.has(id)) off.push({ id, what: 'deleted' })
  }
  for (const id of before.keys()) if (!after.has(id)) off.push({ id, what: 'withdrawn' })
  return [...put, ...off]
}

function remember(
  state: SyncState,
  branch: string,
  changed: Selected[],
  trees: Map<string, string>,
  withdrawn: string[],
): void {
  state.branch = branch
  state.withdrawn = withdrawn
  for (const { id, fingerprint, withLogs } of changed) {
    const tree = trees.get(id)
    if (tree !== undefined) state.pushed[id] = { fingerprint, tree, logs: withLogs }
  }
  for (const id of withdrawn) delete state.pushed[id]
}
