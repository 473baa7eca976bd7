/** What the four commands are given and print, as JSON; docs/launchers.md describes it for those who write them. */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import type { Resources } from '../../program/engine.ts'
import { type LossCause, lossCauses } from '../../record/lossCauses.ts'

/** A zip on this machine. */
interface SentPackage {
  path: string
  sha256: string
}

export interface SubmitMessage {
  /** Letters, digits, `-` and `_`, at most 200: the session's own name of the job. */
  key: string
  /** With which the keys of all jobs of the session begin. */
  prefix: string
  /** Program and arguments. `{session}` and `{run}` stand for the paths of the two packages on the machine of the job. */
  argv: string[]
  /** Of all jobs of a session the same. */
  session: SentPackage
  /** Of this job alone; it is removed when the command has ended. */
  run: SentPackage
  /** What a slot has; null: program.md does not say. */
  resources: Resources
}

export interface PollMessage {
  /** With which the keys of all jobs of the session begin. */
  prefix: string
  /** Those that are not known to have ended. */
  jobs: { key: string; job: string }[]
}

/** For `cancel` and `fetch`. */
export interface JobMessage {
  key: string
  job: string
}

const isJobName = (text: string): boolean => /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text)
const jobName = z
  .union([z.string(), z.number().int()])
  .transform(String)
  .refine(
    text => text.length <= 300 && isJobName(text),
    'is a text of at most 300 ASCII characters, or a whole number: what the launcher calls the job',
  )

/** What `submit` prints. */
export const submitted = z.object({ job: jobName })

/** It is shown to people. */
const words = z
  .string()
  .transform(text => sanitizeText(text, 300))
  .nullish()
  .transform(text => text || null)

const states = ['waiting', 'running', 'ended', 'failed', 'unknown'] as const
const causes = Object.keys(lossCauses) as [LossCause, ...LossCause[]]

export const polledJob = z.object({
  key: z.string().max(200),
  job: jobName,
  state: z.enum(states, { error: `is one of ${states.join(', ')}` }),
  /** Of `failed`: why there is no result. */
  cause: z.enum(causes, { error: `is one of ${causes.join(', ')}` }).default('runner killed'),
  reason: words,
  node: words,
})
export type PolledJob = z.infer<typeof polledJob>

/** What `poll` prints. Jobs of others may be among them. */
export const polled = z.object({ jobs: z.array(polledJob).max(100_000) })
