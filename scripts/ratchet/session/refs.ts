/**
 * The session's branch and refs, as the journal records them. Runs, agents and people can move them; the session needs
 * only its commits, so it puts back what was moved, tells it, and goes on.
 */
import { Failure } from '../../lib/errors.ts'
import { GitFailure } from '../../lib/git/failure.ts'
import { type Git, setRef } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import { files } from '../../record/files/paths.ts'
import { candidatesOf, type JournalEvent, readJournal } from '../../record/journal.ts'
import { headOf, isPruned } from '../../record/state.ts'
import type { RecordContext } from '../context.ts'
import { refName } from '../propose/candidate.ts'
import { finalRef } from '../prune/finalBranch.ts'
import { emit, refOf, type SessionContext } from './context.ts'

type RefContext = RecordContext

/** Puts refs and branch of a session where its journal has them, and removes other refs of it. Silent: a kill leaves such. */
export async function putRefs(context: RefContext, events: JournalEvent[]): Promise<void> {
  const { git } = context.repository
  const wanted = wantedRefs(context, events)
  const now = await readRefs(git, refOf(context, ''))
  for (const ref of now.keys()) if (!wanted.has(ref) && !isKept(ref)) await git.raw('update-ref', '-d', ref)
  for (const [ref, commit] of wanted) if (now.get(ref) !== commit) await orTell(context, ref, setRef(git, ref, commit))
  await putBranch(context, false)
}

/** The same at the end of a session, when whatever differs was moved by something else; that is told and recorded. */
export async function restoreRefs(context: RefContext & Pick<SessionContext, 'folder'>): Promise<void> {
  const { git } = context.repository
  const wanted = wantedRefs(context, await readJournal(files.journal(context.folder)))
  const now = await readRefs(git, refOf(context, ''))
  for (const [ref, commit] of wanted)
    if (now.get(ref) !== commit) {
      await orTell(context, ref, setRef(git, ref, commit))
      await tell(context, ref, now.get(ref) ?? null, null)
    }
  await putBranch(context, true)
}

/**
 * Puts the branch at the head. A commit that is not of this session, e.g. a person's, stays reachable by a ref.
 * @param isMoved whether another place than the head can only be the work of something else
 */
export async function putBranch(context: RefContext, isMoved: boolean): Promise<void> {
  const { repository, state } = context
  const { branch, baseCommit } = state.session
  const { git } = repository
  const ref = `refs/heads/${branch}`
  const head = headOf(state)?.commit ?? baseCommit
  const now = await git.raw('rev-parse', '--verify', '--quiet', ref).catch(() => null)
  if (now === head) return
  const own = [baseCommit, ...state.experiments.filter(e => e.status === 'keep').map(e => e.commit)]
  const isForeign = now !== null && !own.includes(now)
  const kept = isForeign ? refOf(context, `moved-${now.slice(0, 12)}`) : null
  if (kept !== null) await setRef(git, kept, now ?? '')
  await orTell(context, ref, setRef(git, ref, head))
  if (isMoved || isForeign) await tell(context, ref, now, kept)
}

/** Refs that the journal does not name: of ablations, and what the branch was moved to. */
const isKept = (ref: string): boolean => ref.endsWith('-ablate') || /\/moved-[0-9a-f]+$/.test(ref)

function wantedRefs(context: RefContext, events: JournalEvent[]): Map<string, string> {
  const wanted = new Map<string, string>()
  for (const event of events) {
    if (event.event === 'final' && isPruned(event.final))
      wanted.set(finalRef(context, event.final.head), event.final.commit)
    for (const candidate of candidatesOf(event)) wanted.set(refOf(context, refName(candidate)), candidate.commit)
  }
  return wanted
}

async function readRefs(git: Git, below: string): Promise<Map<string, string>> {
  const listed = await git.raw('for-each-ref', '--format=%(refname) %(objectname)', below)
  const lines = listed.split('\n').filter(line => line !== '')
  return new Map(lines.map(line => line.split(' ') as [string, string]))
}

async function tell(context: RefContext, ref: string, found: string | null, kept: string | null): Promise<void> {
  const name = ref.replace(/^refs\/heads\//, '')
  const where = found === null ? 'was deleted' : `was moved to ${found.slice(0, 7)}`
  const still = kept === null ? '' : `; ${kept} keeps that commit`
  context.terminal.step('note', `${name} ${where} by something else than this session, which puts it back${still}`)
  await emit(context, { event: 'ref-restored', ref, found, kept })
}

/** A ref that cannot be set, e.g. beside one below its name, is told; the journal has the commit. */
async function orTell(context: RefContext, ref: string, setting: Promise<void>): Promise<void> {
  await setting.catch((error: unknown) => {
    if (!(error instanceof GitFailure)) throw error
    context.terminal.step('note', sanitizeText(`${ref} cannot be put back: ${error.message}`, 400))
  })
}

/** Explains an error of a session whose repository was removed or replaced; else returns it unchanged. */
export async function explained(
  { repository, state }: Pick<SessionContext, 'repository' | 'state'>,
  error: unknown,
): Promise<unknown> {
  if (error instanceof Failure && !(error instanceof GitFailure)) return error
  const { baseCommit, id } = state.session
  const lacksBase = await repository.git.raw('cat-file', '-e', `${baseCommit}^{commit}`).then(
    () => false,
    // Without an exit code git did not run.
    (failure: unknown) => failure instanceof GitFailure && failure.exitCode !== undefined,
  )
  if (!lacksBase) return error
  return new Failure(
    `${repository.root} is no longer the repository in which ${id} began: it lacks the commit ${baseCommit.slice(0, 7)}.`,
    'Was it cloned anew, or its .git replaced? Put that back from a copy, or work in the repository in which the session ran; its records are complete.',
    { cause: error },
  )
}
