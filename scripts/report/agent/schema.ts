/** report.check.json: the agent that wrote the report's prose, the checker's findings per round, and what was cut. */
import { z } from 'zod'
import { findingKinds } from '../check/finding.ts'

const count = z.number().int().nonnegative()

/** The checker's kinds, and those that depend on the template. */
export const authorKinds = [...findingKinds, 'fixed', 'section', 'repeated', 'long'] as const

export const authorFindingSchema = z.object({
  kind: z.enum(authorKinds),
  /** Line in the agent's report.md, from 1. */
  line: count,
  found: z.string(),
  why: z.string(),
})
export type AuthorFinding = z.infer<typeof authorFindingSchema>

export const writingSchema = z.object({
  schema: z.literal(1),
  /** Agent and machine. */
  use: z.string(),
  model: z.string().nullable(),
  machine: z.string(),
  /** Whether any of its text is in the report. */
  wrote: z.boolean(),
  /** Why the agent failed; null if it did not. If `wrote` is true, a later round failed. */
  failed: z.string().nullable(),
  /** Findings of each round; the last list is what remained. */
  rounds: z.array(z.array(authorFindingSchema)),
  /** Findings that were cut. After other cuts in a section the actual line may be lower. */
  cut: z.array(authorFindingSchema),
  seconds: z.number().nonnegative(),
  tokens: count.nullable(),
  costUsd: z.number().nonnegative().nullable(),
})
export type Writing = z.infer<typeof writingSchema>
