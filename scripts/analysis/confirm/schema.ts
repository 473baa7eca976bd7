/** A confirmed gain in digest.json. */
import { z } from 'zod'
import type { Confirmed } from '../../stats/confirm.ts'

/** See the type for its fields. */
export const confirmedSchema = z.object({
  gain: z.number(),
  interval: z.tuple([z.number(), z.number()]),
  baseline: z.number(),
  head: z.number(),
  seeds: z.number().int().positive(),
  plannedRuns: z.number().int().nonnegative(),
  looks: z.number().int().positive(),
  spread: z.object({ baseline: z.number(), head: z.number() }).nullable(),
  verdict: z.enum(['better', 'inconclusive', 'worse']),
}) satisfies z.ZodType<Confirmed>
