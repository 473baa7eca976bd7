/** Marks of sessions that are here already: whether who shared them is one of `share.trust`. */
import { join } from 'node:path'
import { exists } from '../../../lib/files/read.ts'
import { files, readSessionRecord } from '../../../record/files/paths.ts'
import type { Session } from '../../../record/schema.ts'
import type { Shared } from '../../../record/taken.ts'
import { writeSession } from '../../../record/write.ts'
import { writeReport } from '../../../report/write.ts'
import type { ShareRepository } from '../repository.ts'
import { readSignature, type SharedCommit, type Trust } from './commit.ts'

type Marked = Session & { source: NonNullable<Session['source']> & { shared: Shared } }

/**
 * Marks the sessions of a branch again, by the commits that they were brought from.
 * @param trust null takes the marks away
 */
export async function markAgain(
  share: ShareRepository,
  root: string,
  branch: string,
  ids: string[],
  trust: Trust | null,
): Promise<void> {
  // Many sessions come with one commit.
  const signatures = new Map<string, NonNullable<Shared['signature']>>()
  for (const id of ids) {
    const session = await readMarked(root, id, branch)
    if (session === null) continue
    const { signature: _, ...shared } = session.source.shared
    if (trust === null) {
      await writeMark(root, session, shared)
      continue
    }
    const signature = signatures.get(shared.commit) ?? (await readSignature(share, shared.commit, trust))
    signatures.set(shared.commit, signature)
    await writeMark(root, session, { ...shared, signature })
  }
}

/** A verified commit vouches for all that the branch holds with it, also for what was brought with an unverified one. */
export async function markVerified(root: string, branch: string, id: string, commit: SharedCommit): Promise<void> {
  const session = await readMarked(root, id, branch)
  if (session && session.source.shared.signature?.verified !== true)
    await writeMark(root, session, { branch, ...commit })
}

/** null where it is not here, or is another one. */
async function readMarked(root: string, id: string, branch: string): Promise<Marked | null> {
  const folder = join(root, id)
  if (!(await exists(files.session(folder)))) return null
  const session = await readSessionRecord(folder)
  return session.source?.shared?.branch === branch ? (session as Marked) : null
}

async function writeMark(root: string, session: Marked, shared: Shared): Promise<void> {
  if (JSON.stringify(shared) === JSON.stringify(session.source.shared)) return
  const folder = join(root, session.id)
  await writeSession(folder, { ...session, source: { ...session.source, shared } })
  await writeReport(folder)
}
