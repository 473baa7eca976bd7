/** Lengths of time in program.md, with their unit. */
import { z } from 'zod'
import { parseDuration } from '../lib/time.ts'

/** Seconds, ten days. Twice as long, the timeout of a run, still fits a timer of Node, which goes off at once after 24.8 days. */
const longest = 240 * 3600

/** "300s", "5m" or "1h" → seconds. */
export const span = z
  .string({ error: 'takes a time with its unit: 300s, 5m or 1h' })
  .refine(text => (parseDuration(text) ?? 0) > 0, {
    error: 'takes a time with its unit: 300s, 5m or 1h',
    abort: true,
  })
  .refine(text => (parseDuration(text) ?? 0) <= longest, 'takes at most 240h')
  .transform(text => parseDuration(text) ?? 0)
