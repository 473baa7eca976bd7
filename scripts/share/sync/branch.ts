/** Which branch of the remote is this notebook's, and the commit that it is continued from. */
import os from 'node:os'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { jsonOrNull } from '../../lib/files/read.ts'
import { sanitizeText } from '../../lib/text.ts'
import { notebookFile, notebookSchema } from './notebook.ts'
import { branchPrefix, syncFailure } from './refs.ts'
import { fetchedRef, ownRef, remoteName, type ShareRepository } from './repository.ts'
import type { SyncState } from './state.ts'

export interface OwnBranch {
  /** E.g. "sessions/h200-abcd". */
  branch: string
  /** The commit to go on from; null: the branch is new. */
  parent: string | null
  /** Its commit at the remote; null: it is not there. */
  tip: string | null
}

export interface Choice {
  /** --name; null without it. */
  name: string | null
  /** Branches of the remote with their commits. */
  tips: Map<string, string>
  /** Ids of this notebook. */
  notebook: string
  /** Label of the machine. */
  label: string
}

/** @throws {Failure} when another notebook writes the branch that is asked for, or was this one's */
export async function ownBranch(share: ShareRepository, state: SyncState, choice: Choice): Promise<OwnBranch> {
  const { name, tips, notebook, label } = choice
  const asked = name === null ? state.branch : branchPrefix + name
  if (asked !== null) {
    const found = await continued(share, asked, tips.get(asked) ?? null, notebook)
    if (found === null) throw await writtenByOthers(share, asked)
    return found
  }
  for (const candidate of candidates(label, os.userInfo().username)) {
    const found = await continued(share, branchPrefix + candidate, tips.get(branchPrefix + candidate) ?? null, notebook)
    if (found !== null) return found
  }
  throw new Failure(`No free name for this machine's branch was found at ${share.address}.`, 'Choose one: --name NAME.')
}

/** Names of the branch in the order in which they are tried. Pure. */
export function* candidates(label: string, user: string): Generator<string> {
  const person = user
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 30)
  yield label
  const named = person === '' ? label : `${label}-${person}`
  if (named !== label) yield named
  for (let n = 2; n <= MAX_NAMES; n++) yield `${named}-${n}`
}

const MAX_NAMES = 100

/** How a branch of that name is continued by this notebook; null where another one writes it. */
async function continued(
  share: ShareRepository,
  branch: string,
  tip: string | null,
  notebook: string,
): Promise<OwnBranch | null> {
  const local = await commitOf(share, ownRef(branch))
  // Absent at the remote, or behind: it lost commits, or the push was interrupted.
  if (tip === null || tip === local || (local !== null && (await isAncestor(share, tip, local))))
    return { branch, parent: local, tip }
  if (local !== null) return null
  await fetchBranch(share, branch)
  return (await notebookAt(share, tip)) === notebook ? { branch, parent: tip, tip } : null
}

const commitOf = (share: ShareRepository, name: string): Promise<string | null> =>
  share.git.raw('rev-parse', '--verify', '--quiet', `${name}^{commit}`).catch(() => null)

/** False, too, where the first is not in our repository, as what others pushed is not. */
const isAncestor = (share: ShareRepository, first: string, second: string): Promise<boolean> =>
  share.git.raw('merge-base', '--is-ancestor', first, second).then(
    () => true,
    () => false,
  )

async function fetchBranch(share: ShareRepository, branch: string): Promise<void> {
  const said = await share.userGit([
    'fetch',
    '--progress',
    '--no-tags',
    '--no-auto-maintenance',
    '--no-write-fetch-head',
    '--recurse-submodules=no',
    '--',
    remoteName,
    `+refs/heads/${branch}:${fetchedRef(branch)}`,
  ])
  if (!said.ok) throw syncFailure(`read ${branch} of`, share.address, said.stderr)
}

/** Id of the notebook that wrote a commit of a branch; null where it names none. */
async function notebookAt(share: ShareRepository, commit: string): Promise<string | null> {
  const size = await share.git.raw('cat-file', '-s', `${commit}:${notebookFile}`).catch(() => null)
  if (size === null || Number(size) > 10_000) return null
  const text = await share.git.raw('cat-file', 'blob', `${commit}:${notebookFile}`).catch(() => '')
  return notebookSchema.safeParse(jsonOrNull(text)).data?.notebook ?? null
}

/** Whether a branch that was this notebook's has commits that it did not make. */
export async function isWrittenByOthers(share: ShareRepository, branch: string, tip: string | null): Promise<boolean> {
  const local = await commitOf(share, ownRef(branch))
  return local !== null && tip !== null && tip !== local && !(await isAncestor(share, tip, local))
}

async function writtenByOthers(share: ShareRepository, branch: string): Promise<Failure> {
  await fetchBranch(share, branch)
  const by = await share.git.raw('log', '-1', '--format=%cn, %cs', fetchedRef(branch)).catch(() => '')
  const newest = by === '' ? '' : `; its newest is of ${sanitizeText(by, 100)}`
  return new Failure(
    `The branch ${sanitizeText(branch)} of ${share.address} has commits that this notebook did not make${newest}.`,
    `Another notebook writes it, or this one was restored from a copy. Nothing was pushed. Choose a branch of your own: \`${command('sync --name NAME')}\`; all sessions are then pushed there.`,
  )
}
