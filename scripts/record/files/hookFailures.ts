/**
 * Hooks of the user that failed after a verdict or at the end, which changes nothing else: hooks.json in a session's folder.
 * Anyone may have written the file.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOrNull } from '../../lib/files/read.ts'
import { readFound } from '../../lib/files/regularFile.ts'
import { jsonText, sanitizeText } from '../../lib/text.ts'
import { maxBytes } from '../limits.ts'
import { writeRecord } from './restore.ts'

const failureSchema = z.object({
  event: z.enum(['after_verdict', 'end']),
  /** The experiment of the verdict; null at the end. */
  number: z.number().int().nonnegative().nullable(),
  /** A clause: "ended with exit code 7". What the hook printed is not kept, because records are shared. */
  why: z
    .string()
    .max(2000)
    .transform(text => sanitizeText(text, 300)),
  at: z.iso.datetime(),
})
export type HookFailure = z.infer<typeof failureSchema>

const MAX_FAILURES = 1000
const storedSchema = z.object({ schema: z.literal(1), failures: z.array(failureSchema).max(MAX_FAILURES) })

const pathOf = (session: string): string => join(session, 'hooks.json')

/** Oldest first; empty where the file is missing or not in its form. */
export async function readHookFailures(session: string): Promise<HookFailure[]> {
  const found = await readFound(pathOf(session), { limit: maxBytes.hooks, root: session })
  if (found.kind !== 'file') return []
  return storedSchema.safeParse(jsonOrNull(found.bytes.toString('utf8'))).data?.failures ?? []
}

export async function recordHookFailure(session: string, failure: HookFailure): Promise<void> {
  const before = await readHookFailures(session)
  await writeRecord(pathOf(session), jsonText({ schema: 1, failures: [...before, failure].slice(-MAX_FAILURES) }))
}
