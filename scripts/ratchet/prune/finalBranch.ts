/** The branch, ref and patch of the pruned head, as the journal records it; made by prune, restored by resume. */
import { rm } from 'node:fs/promises'
import { exists } from '../../lib/files/read.ts'
import { type Git, nullOid, patchBetween, setRef } from '../../lib/git/git.ts'
import { storeFinalPatch } from '../../record/files/patches.ts'
import { experimentName, files } from '../../record/files/paths.ts'
import { isPruned } from '../../record/state.ts'
import { refOf } from '../session/context.ts'
import type { FinalContext } from './context.ts'

/** Bytes. A longer patch is not stored; the report then says to use git. */
const MAX_FINAL_PATCH_BYTES = 2 ** 23

/** The ref of a head's pruned head, `refs/autoresearch/<tag>/0042-final`, which is kept. */
export const finalRef = (context: Pick<FinalContext, 'state'>, head: number): string =>
  refOf(context, `${experimentName(head)}-final`)

/** The name of the branch of the pruned head, whether or not there is one. */
const finalBranchName = ({ state }: Pick<FinalContext, 'state'>): string => `${state.session.branch}-final`

/** The branch for a pruned head; null when a branch of that name was not made by this session. */
export async function availableBranch(context: Pick<FinalContext, 'state' | 'repository'>): Promise<string | null> {
  const name = finalBranchName(context)
  const { git } = context.repository
  // git cannot have autoresearch/x-final beside a branch autoresearch/x-final/y.
  if ((await git.raw('for-each-ref', '--count=1', `refs/heads/${name}/`)) !== '') return null
  const now = await commitOf(git, name)
  return now === null || (await ownCommits(context)).includes(now) ? name : null
}

/**
 * Sets the branch of the pruned head, or removes it where the final is the head. A branch at a commit that is not of
 * this session is left alone.
 */
export async function putFinalBranch(context: FinalContext): Promise<void> {
  const { repository, state, terminal } = context
  const { final } = state.session
  const wanted = isPruned(final) && final.branch !== null ? final.commit : null
  const name = finalBranchName(context)
  const [ref, now] = [`refs/heads/${name}`, await commitOf(repository.git, name)]
  if (now === wanted) return
  if (now !== null && !(await ownCommits(context)).includes(now)) {
    if (isPruned(final) && wanted !== null)
      terminal.step('note', `${name} is not where this session left it; the pruned head is ${final.commit.slice(0, 7)}`)
    return
  }
  if (wanted !== null) await setRef(repository.git, ref, wanted, now ?? nullOid)
  else if (now !== null) await repository.git.raw('update-ref', '-d', ref, now)
}

/** Writes final.patch, the pruned head against the baseline, or removes it where the final is the head. */
export async function putFinalPatch({ folder, repository, state }: FinalContext): Promise<void> {
  const { final } = state.session
  const path = files.finalPatch(folder)
  if (!isPruned(final)) await rm(path, { recursive: true, force: true })
  else if (!(await exists(path))) await writeFinalPatch({ folder, repository, state }, final.commit)
}

export async function writeFinalPatch(
  { folder, repository, state }: Pick<FinalContext, 'folder' | 'repository' | 'state'>,
  commit: string,
): Promise<void> {
  const patch = await patchBetween(repository.root, state.session.baseCommit, commit, MAX_FINAL_PATCH_BYTES)
  if (patch === null) await rm(files.finalPatch(folder), { recursive: true, force: true })
  else await storeFinalPatch(folder, patch)
}

const commitOf = (git: Git, branch: string): Promise<string | null> =>
  git.raw('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => null)

/** Pruned heads that this session has made. */
async function ownCommits(context: Pick<FinalContext, 'state' | 'repository'>): Promise<string[]> {
  const listed = await context.repository.git.raw(
    'for-each-ref',
    '--format=%(refname) %(objectname)',
    refOf(context, ''),
  )
  return listed.split('\n').flatMap(line => {
    const [name = '', commit = ''] = line.split(' ')
    return name.endsWith('-final') ? [commit] : []
  })
}
