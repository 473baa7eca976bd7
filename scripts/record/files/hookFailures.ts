/**
 * Hooks of the user that failed after a verdict or at the end, which changes nothing else: hooks.json in a session's folder.
 * Anyone may have written the file.
 */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { maxBytes } from '../limits.ts'
import { readSideRecord, type SideRecord, writeSideRecord } from './sideRecord.ts'

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

const record: SideRecord<z.infer<typeof storedSchema>> = {
  name: 'hooks.json',
  schema: storedSchema,
  limit: maxBytes.hooks,
  without: 'Which hooks failed is not known without it.',
}

/** Oldest first. */
export const readHookFailures = async (session: string): Promise<HookFailure[]> =>
  (await readSideRecord(session, record))?.failures ?? []

export async function recordHookFailure(session: string, failure: HookFailure): Promise<void> {
  const before = await readHookFailures(session)
  await writeSideRecord(session, record, { schema: 1, failures: [...before, failure].slice(-MAX_FAILURES) })
}
