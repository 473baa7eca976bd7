/** Fields that several schemas of records have. Formats and units: see schema.ts. */
import { z } from 'zod'

export const sha = z.string().regex(/^[0-9a-f]{40,64}$/)
/** A hash that may be abbreviated, as in foreign tables. */
export const shortSha = z.string().regex(/^[0-9a-f]{7,64}$/)
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
export const time = z.iso.datetime()
export const seconds = z.number().nonnegative()
export const count = z.number().int().nonnegative()
