/**
 * What people ask of a running session from any terminal: one file a request in `.nightshift/<id>/requests/`. Only the
 * process that runs the session makes that folder. It honours each request in the order of asking, then removes it, and
 * removes the folder at its end. So the journal keeps its one writer, no request is lost, and none outlives its process.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeAtomic } from '../../lib/disk.ts'
import { exists, ifThere, listIfThere, orWarn, readJsonIfThere } from '../../lib/read.ts'
import { jsonText } from '../../lib/text.ts'

const requestSchema = z.object({
  schema: z.literal(1),
  kind: z.enum(['stop', 'stop-now', 'pause', 'resume']),
  /** When it was asked. */
  at: z.iso.datetime(),
})
export type Request = z.infer<typeof requestSchema>

const folderOf = (work: string): string => join(work, 'requests')

/** Whether a process has begun to read requests; it may have been killed since. @param work `.nightshift/<id>` */
export const takesRequests = (work: string): Promise<boolean> => exists(folderOf(work))

export async function takeRequests(work: string): Promise<void> {
  await mkdir(folderOf(work), { recursive: true })
}

/** Removes the folder and what is left in it. */
export const refuseRequests = (work: string): Promise<void> => rm(folderOf(work), { recursive: true, force: true })

/**
 * Asks the process that runs a session.
 * @returns path of the request, which is there until it is honoured; null when nobody reads requests
 */
export async function sendRequest(work: string, kind: Request['kind']): Promise<string | null> {
  // Its name sorts by the time of asking, in milliseconds.
  const name = `${Date.now()}-${randomUUID()}.json`
  const request: Request = { schema: 1, kind, at: new Date().toISOString() }
  const path = join(folderOf(work), name)
  // Not written in the folder itself: one that has just been removed must not come back.
  const written = join(work, `request-${name}`)
  await writeAtomic(written, jsonText(request))
  const isSent = await ifThere(rename(written, path).then(() => true))
  if (!isSent) await rm(written, { force: true })
  return isSent ? path : null
}

/** Requests that are not honoured yet, in the order of asking; what does not read is removed with a warning. */
export async function readRequests(work: string): Promise<{ path: string; request: Request }[]> {
  const names = (await listIfThere(folderOf(work))).filter(name => name.endsWith('.json')).sort()
  const found: { path: string; request: Request }[] = []
  for (const name of names) {
    const path = join(folderOf(work), name)
    const request = await orWarn(readJsonIfThere(path, requestSchema, 'It is removed: ask again.'))
    if (request) found.push({ path, request })
    else await rm(path, { force: true })
  }
  return found
}
