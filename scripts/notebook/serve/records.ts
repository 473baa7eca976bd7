/** The current records of the sessions folder; a session is read again only if its files changed. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Broken, readEntry } from '../../../site/data/sessions.ts'
import { type View, view } from '../../../site/data/view.ts'
import { files, listSessions } from '../../record/files/paths.ts'

/** Version of the records of each session, by id. */
export type Versions = ReadonlyMap<string, string>

export interface Records {
  /** Reads only names, sizes and modification times. */
  versions: () => Promise<Versions>
  /** null if there is no such session, or it is unreadable. */
  session: (id: string) => Promise<View | null>
  all: () => Promise<{ views: View[]; broken: Broken[] }>
}

/** Files behind a session's pages. The journal is not among them: it changes with every step of a run. */
const PAGE_SOURCES = [files.session, files.experiments, files.digest, files.report, files.reportSource, files.mapping]

type Read = View | Broken

export function openRecords(sessions: string): Records {
  const known = new Map<string, { version: string; read: Read }>()

  async function readCached(id: string): Promise<Read> {
    const version = await versionOf(join(sessions, id))
    const old = known.get(id)
    if (old?.version === version) return old.read
    let entry = await readEntry(sessions, id)
    // A record that is being written is unreadable until it is complete.
    for (let tries = 0; tries < 5 && entry.kind === 'broken' && old?.read.kind === 'session'; tries++) {
      await wait(50)
      entry = await readEntry(sessions, id)
    }
    const read = entry.kind === 'broken' ? entry : view(entry)
    known.set(id, { version, read })
    return read
  }

  return {
    versions: async () => {
      const ids = await listSessions(sessions)
      return new Map(await Promise.all(ids.map(async id => [id, await versionOf(join(sessions, id))] as const)))
    },
    session: async id => {
      if (!(await listSessions(sessions)).includes(id)) return null
      const read = await readCached(id)
      return read.kind === 'session' ? read : null
    },
    all: async () => {
      const ids = await listSessions(sessions)
      for (const id of known.keys()) if (!ids.includes(id)) known.delete(id)
      const read = await Promise.all(ids.map(readCached))
      return { views: read.filter(r => r.kind === 'session'), broken: read.filter(r => r.kind === 'broken') }
    },
  }
}

async function versionOf(folder: string): Promise<string> {
  return shortHash(await Promise.all(PAGE_SOURCES.map(path => stamp(path(folder)))))
}

/** Changes when the file changes; "-" if it does not exist. */
export const stamp = (path: string): Promise<string> =>
  stat(path).then(
    ({ mtimeMs, size }) => `${mtimeMs}/${size}`,
    () => '-',
  )

/** A short hash of texts, stable between processes. */
export const shortHash = (texts: Iterable<string>): string =>
  createHash('sha256')
    .update([...texts].join('\n'))
    .digest('base64url')
    .slice(0, 16)
