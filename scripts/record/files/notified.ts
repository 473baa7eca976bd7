/**
 * What somebody was told while a session ran and when it ended, and whether that was acknowledged: notified.json in its
 * folder. It names no address: sessions are shared. Anyone may have written the file.
 */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { maxBytes } from '../limits.ts'
import { readSideRecord, type SideRecord, writeSideRecord } from './sideRecord.ts'

const line = z
  .string()
  .max(2000)
  .transform(text => sanitizeText(text, 300))

const toldSchema = z.object({
  event: z.enum(['end', 'outage', 'machine', 'confirmed']),
  /** What it was about: when the session stopped, or the outage began or ended. Each is told once. */
  of: line,
  /** "slack", "discord", "ntfy", "json" or "command". */
  to: line,
  /** Whether the service accepted it, or the command succeeded. A message without an answer may have arrived all the same. */
  acknowledged: z.boolean(),
  /** What came back, as a clause: "answered 200". */
  answer: line,
  at: z.iso.datetime(),
})
export type Told = z.infer<typeof toldSchema>

const MAX_TOLD = 200
const storedSchema = z.object({ schema: z.literal(1), told: z.array(toldSchema).max(MAX_TOLD) })

const record: SideRecord<z.infer<typeof storedSchema>> = {
  name: 'notified.json',
  schema: storedSchema,
  limit: maxBytes.notified,
  without: 'Whether its end was told is not known without it.',
}

/** Oldest first. */
export const readNotified = async (session: string): Promise<Told[]> =>
  (await readSideRecord(session, record))?.told ?? []

export async function recordTold(session: string, told: Told): Promise<void> {
  const before = await readNotified(session)
  await writeSideRecord(session, record, { schema: 1, told: [...before, told].slice(-MAX_TOLD) })
}
