/** report.check.json: how an agent wrote the report's prose, what the checker found in each round, and what was cut. */
import { z } from 'zod'
import { findingKinds } from '../check/finding.ts'

const count = z.number().int().nonnegative()

/** What the checker knows, and what only the author's place in the report makes wrong. */
export const authorKinds = [...findingKinds, 'fixed', 'section', 'repeated', 'long'] as const

export const authorFindingSchema = z.object({
  kind: z.enum(authorKinds),
  /** Line of the report as the agent left it, from 1. */
  line: count,
  found: z.string(),
  why: z.string(),
})
export type AuthorFinding = z.infer<typeof authorFindingSchema>

export const writingSchema = z.object({
  schema: z.literal(1),
  /** Who was asked, and on which machine. */
  use: z.string(),
  model: z.string().nullable(),
  machine: z.string(),
  /** Whether anything of its text is in the report. */
  wrote: z.boolean(),
  /** What went wrong with the agent; null where nothing did. Where `wrote`, it was in a later round. */
  failed: z.string().nullable(),
  /** What was found each time that it gave its text back; the last list is what was left. */
  rounds: z.array(z.array(authorFindingSchema)),
  /** What was taken out in the end; after other cuts in a section a line may lie further down than it says. */
  cut: z.array(authorFindingSchema),
  seconds: z.number().nonnegative(),
  tokens: count.nullable(),
  costUsd: z.number().nonnegative().nullable(),
})
export type Writing = z.infer<typeof writingSchema>
