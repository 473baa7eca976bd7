/** Marks of sessions that are here already: whether who shared them is one of `share.trust`. */
import { join } from 'node:path'
import { markText } from '../../../analysis/origin.ts'
import { exists } from '../../../lib/files/read.ts'
import { files, readSessionRecord } from '../../../record/files/paths.ts'
import type { Session } from '../../../record/schema.ts'
import type { Shared } from '../../../record/taken.ts'
import { writeSession } from '../../../record/write.ts'
import { writeReportAlone } from '../../../report/write.ts'
import type { ShareRepository } from '../repository.ts'
import { readSignature, type SharedCommit, type Trust } from './commit.ts'

type Marked = Session & { source: NonNullable<Session['source']> & { shared: Shared } }

/** A session whose mark is now another one. */
export interface Remarked {
  id: string
  /** "not verified", "signed by ada@example.org". */
  mark: string
}

interface Marking {
  share: ShareRepository
  /** Folder of the session records. */
  root: string
  branch: string
  dryRun: boolean
}

/**
 * Marks the sessions of a branch again, by the commits that they were brought from.
 * @param trust null takes the marks away
 */
export async function markAgain(marking: Marking, ids: string[], trust: Trust | null): Promise<Remarked[]> {
  const { share, root, branch } = marking
  const remarked: (Remarked | null)[] = []
  // Many sessions come with one commit.
  const signatures = new Map<string, NonNullable<Shared['signature']>>()
  for (const id of ids) {
    const session = await readMarked(root, id, branch)
    if (session === null) continue
    const { signature: _, ...shared } = session.source.shared
    if (trust === null) {
      remarked.push(await writeMark(marking, session, shared))
      continue
    }
    const signature = signatures.get(shared.commit) ?? (await readSignature(share, shared.commit, trust))
    signatures.set(shared.commit, signature)
    remarked.push(await writeMark(marking, session, { ...shared, signature }))
  }
  return remarked.filter(one => one !== null)
}

/** A verified commit vouches for all that the branch holds with it, also for what was brought with an unverified one. */
export async function markVerified(marking: Marking, id: string, commit: SharedCommit): Promise<Remarked | null> {
  const { root, branch } = marking
  const session = await readMarked(root, id, branch)
  if (session === null || session.source.shared.signature?.verified === true) return null
  return writeMark(marking, session, { branch, ...commit })
}

/** null where it is not here, or is another one. */
async function readMarked(root: string, id: string, branch: string): Promise<Marked | null> {
  const folder = join(root, id)
  if (!(await exists(files.session(folder)))) return null
  const session = await readSessionRecord(folder)
  return session.source?.shared?.branch === branch ? (session as Marked) : null
}

/** null: the mark is the same. */
async function writeMark({ root, dryRun }: Marking, session: Marked, shared: Shared): Promise<Remarked | null> {
  if (JSON.stringify(shared) === JSON.stringify(session.source.shared)) return null
  const marked = { ...session, source: { ...session.source, shared } }
  if (!dryRun) {
    const folder = join(root, session.id)
    await writeSession(folder, marked)
    await writeReportAlone(folder)
  }
  return { id: session.id, mark: markText(marked) || 'signatures are no longer checked' }
}
