/**
 * Small records beside the journal, each one JSON file in a session's folder: posts, notifications and the like. Anyone may
 * have written them, for sessions are shared. The session is complete without them.
 */
import { basename, join } from 'node:path'
import type { z } from 'zod'
import { Failure, warn } from '../../lib/errors.ts'
import { jsonOrNull } from '../../lib/files/read.ts'
import { readFound } from '../../lib/files/regularFile.ts'
import { jsonText, sanitizeText } from '../../lib/text.ts'
import { writeRecord } from './restore.ts'

export interface SideRecord<T> {
  /** E.g. "posts.json". */
  name: string
  schema: z.ZodType<T>
  /** Bytes. */
  limit: number
  /** What is not known without the file, as a sentence, for the warning. */
  without: string
}

/** null where the file is missing, or, with a warning, cannot be read. */
export async function readSideRecord<T>(
  session: string,
  { name, schema, limit, without }: SideRecord<T>,
): Promise<T | null> {
  const found = await readFound(join(session, name), { limit, root: session })
  if (found.kind === 'missing') return null
  const read = found.kind === 'file' ? schema.safeParse(jsonOrNull(found.bytes.toString('utf8'))) : null
  if (read?.success) return read.data
  const why = found.kind === 'file' ? 'it is not in the form of that file' : `it is ${found.what}`
  warn(new Failure(`${sanitizeText(basename(session))}/${name} cannot be read: ${why}.`, without))
  return null
}

export const writeSideRecord = <T>(session: string, { name }: SideRecord<T>, value: T): Promise<void> =>
  writeRecord(join(session, name), jsonText(value))
