/** Which sessions have a tag: by their records, since another session's name may end alike. */
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '../lib/errors.ts'
import { listIfThere, readJsonIfThere } from '../lib/files/read.ts'
import { files } from './files/paths.ts'
import { readJournalIfThere } from './journal.ts'

export interface Tagged {
  /** Ids of the sessions that have the tag. */
  have: string[]
  /** Ids that end with the tag, of sessions whose tag cannot be read. */
  mayHave: string[]
}

/** @param root folder of the sessions @throws {Failure} when it cannot be listed */
export async function sessionsWithTag(tag: string, root: string): Promise<Tagged> {
  const found: Tagged = { have: [], mayHave: [] }
  for (const id of (await listIfThere(root)).sort()) {
    const read = await readTag(root, id, id.endsWith(`-${tag}`))
    if (read === tag) found.have.push(id)
    else if (read === unreadable && id.endsWith(`-${tag}`)) found.mayHave.push(id)
  }
  return found
}

const unreadable = Symbol('unreadable')

const tagSchema = z.object({ tag: z.string() })

/**
 * @param fromJournal whether to look in the journal where session.json does not say it
 * @returns null when the folder is no session
 */
async function readTag(root: string, id: string, fromJournal: boolean): Promise<string | null | typeof unreadable> {
  const folder = join(root, id)
  const said = await orUnreadable(readJsonIfThere(files.session(folder), tagSchema).then(read => read?.tag ?? null))
  if (typeof said === 'string' || !fromJournal) return said
  const first = await orUnreadable(readJournalIfThere(files.journal(folder)).then(events => events?.[0] ?? null))
  if (first === null || first === unreadable) return first ?? said
  return first.event === 'started' ? first.session.tag : unreadable
}

async function orUnreadable<T>(reading: Promise<T>): Promise<T | typeof unreadable> {
  return reading.catch((error: unknown) => {
    if (error instanceof Failure) return unreadable
    throw error
  })
}
