/** Reads digest.json. A digest holds nothing that the records do not, so one of an older schema is computed again, not upgraded. */
import { z } from 'zod'
import { parseJson, readTextIfThere } from '../lib/files/read.ts'
import { sanitizeText } from '../lib/text.ts'
import { digestAdvice, files } from '../record/files/paths.ts'
import { refuseNewer } from '../record/schema1.ts'
import { type Digest, digestSchema, digestVersion } from './schema.ts'

export type StoredDigest = { kind: 'missing' } | { kind: 'older' } | { kind: 'current'; digest: Digest }

const headerSchema = z.object({ schema: z.number(), session: z.string() })

/**
 * The digest in a session's folder.
 * @throws {Failure} when it cannot be read, does not fit its schema, or a newer version wrote it
 */
export async function readDigest(folder: string): Promise<StoredDigest> {
  const path = files.digest(folder)
  const text = await readTextIfThere(path, digestAdvice(folder))
  if (text === null) return { kind: 'missing' }
  const { schema, session } = parseJson(path, text, headerSchema, digestAdvice(folder))
  refuseNewer(`The digest of ${sanitizeText(session)}`, schema, digestVersion)
  if (schema < digestVersion) return { kind: 'older' }
  return { kind: 'current', digest: parseJson(path, text, digestSchema, digestAdvice(folder)) }
}
