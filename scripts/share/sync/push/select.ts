/** Which sessions of this notebook are new, or have changed since they were pushed. */

import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { listEntries } from '../../../lib/files/listFiles.ts'
import { orWarn, readJson } from '../../../lib/files/read.ts'
import { files, listSessions } from '../../../record/files/paths.ts'
import type { SyncRequest } from '../request.ts'
import { isId } from '../sessionId.ts'
import type { SyncState } from '../state.ts'

export interface Selected {
  id: string
  folder: string
  fingerprint: string
  withLogs: boolean
}

export interface Selection {
  /** To be read and put on the branch. */
  changed: Selected[]
  /** Folders of sessions here, whoever ran them. */
  here: Set<string>
}

/** The keys of session.json that say whether a session is pushed; what is pushed is checked by who brings it. */
const recordSchema = z.object({
  tag: z.string(),
  endedAt: z.string().nullish(),
  stop: z.object({ kind: z.string() }).nullable(),
  /** A session that was collected, or brought by sync, is not this notebook's. */
  source: z.unknown().optional(),
})

/** @param there trees of the sessions on the branch, by id */
export async function selectSessions(
  root: string,
  { pushed, withdrawn }: Pick<SyncState, 'pushed' | 'withdrawn'>,
  there: Map<string, string>,
  request: Pick<SyncRequest, 'since' | 'tag' | 'withLogs'>,
): Promise<Selection> {
  const changed: Selected[] = []
  const ids = await listSessions(root)
  for (const id of ids) {
    if (withdrawn.includes(id) || !isId(id)) continue
    const folder = join(root, id)
    const known = pushed[id]
    const withLogs = request.withLogs || (known?.logs ?? false)
    const fingerprint = await fingerprintOf(folder)
    const isSame = known?.fingerprint === fingerprint && known.logs === withLogs && known.tree === there.get(id)
    if (isSame) continue
    const record = await orWarn(readJson(files.session(folder), recordSchema))
    if (record !== null && isWanted(record, request)) changed.push({ id, folder, fingerprint, withLogs })
  }
  return { changed, here: new Set(ids) }
}

function isWanted(
  { tag, endedAt, stop, source }: z.infer<typeof recordSchema>,
  request: Pick<SyncRequest, 'since' | 'tag'>,
): boolean {
  if (source !== undefined || stop === null) return false
  if (request.tag !== null && tag !== request.tag) return false
  return request.since === null || (endedAt != null && Date.parse(endedAt) >= request.since.getTime())
}

/** Counts up when other files of a session are taken, so that all are read again. */
const FORM = 1

/**
 * Sizes and times of a session's own files, and times of its folders. The files below `runs/` are not looked at: with a
 * thousand sessions there are half a million. Nightshift changes none of them without the records beside them.
 */
async function fingerprintOf(folder: string): Promise<string> {
  const entries = await listEntries(folder, MAX_ENTRIES)
  const parts = await Promise.all(
    entries.map(async ({ name }) => {
      const stats = await lstat(join(folder, name)).catch(() => null)
      return stats && `${name} ${stats.isDirectory() ? '' : stats.size} ${stats.mtimeMs}`
    }),
  )
  const text = [FORM, ...parts.filter(part => part !== null).sort()].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

const MAX_ENTRIES = 1000
