/**
 * Requests to a running session from any terminal, one file each in `.nightshift/<id>/requests/`. The process that runs
 * the session creates the folder, handles the requests in the order of sending, removes each when it is done, and
 * removes the folder at its end. So the journal has one writer, no request is lost and none outlives its process.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeAtomic } from '../../lib/files/disk.ts'
import { exists, ifThere, listIfThere, orWarn, readJsonIfThere } from '../../lib/files/read.ts'
import { jsonText } from '../../lib/text.ts'

const requestSchema = z.object({
  schema: z.literal(1),
  kind: z.enum(['stop', 'stop-now', 'leave', 'pause', 'resume']),
  /** When it was sent. */
  at: z.iso.datetime(),
})
export type Request = z.infer<typeof requestSchema>

const folderOf = (work: string): string => join(work, 'requests')

/** Whether a process has opened the folder for requests; it may have been killed since. @param work `.nightshift/<id>` */
export const acceptsRequests = (work: string): Promise<boolean> => exists(folderOf(work))

export async function openRequests(work: string): Promise<void> {
  await mkdir(folderOf(work), { recursive: true })
}

/** Removes the folder with the requests left in it. */
export const closeRequests = (work: string): Promise<void> => rm(folderOf(work), { recursive: true, force: true })

/**
 * Sends a request to the process that runs a session.
 * @returns path of the request, which exists until it is handled; null when no process accepts requests
 */
export async function sendRequest(work: string, kind: Request['kind']): Promise<string | null> {
  // Names sort by the time of sending, in milliseconds.
  const name = `${Date.now()}-${randomUUID()}.json`
  const request: Request = { schema: 1, kind, at: new Date().toISOString() }
  const path = join(folderOf(work), name)
  // Written outside the folder and moved: writing in it would create the folder again after its removal.
  const written = join(work, `request-${name}`)
  await writeAtomic(written, jsonText(request))
  const isSent = await ifThere(rename(written, path).then(() => true))
  if (!isSent) await rm(written, { force: true })
  return isSent ? path : null
}

/** Requests that are not handled yet, in the order of sending. Removes an unreadable one with a warning. */
export async function readRequests(work: string): Promise<{ path: string; request: Request }[]> {
  const names = (await listIfThere(folderOf(work))).filter(name => name.endsWith('.json')).sort()
  const found: { path: string; request: Request }[] = []
  for (const name of names) {
    const path = join(folderOf(work), name)
    const request = await orWarn(readJsonIfThere(path, requestSchema, 'It was removed: send the request again.'))
    if (request) found.push({ path, request })
    else await rm(path, { force: true })
  }
  return found
}
