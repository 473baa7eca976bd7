/** What is read of GitHub's REST answers about repositories, pull requests and comments. */
import { z } from 'zod'
import { shownText } from '../../github/shown.ts'

export const repositorySchema = z.object({
  default_branch: z.string(),
  /** What the token's account may do; absent for some tokens. */
  permissions: z.object({ push: z.boolean(), triage: z.boolean().optional() }).optional(),
})
export type RepositoryRecord = z.infer<typeof repositorySchema>

export const pullRequestSchema = z.object({
  number: z.number().int(),
  html_url: shownText,
  state: z.enum(['open', 'closed']),
  draft: z.boolean().optional(),
  merged_at: z.string().nullable(),
  title: z.string(),
  body: z.string().nullable(),
  /** null: the account was deleted. */
  user: z.object({ login: z.string() }).nullable(),
  head: z.object({ label: z.string().nullable(), ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
  labels: z.array(z.object({ name: z.string().optional() })),
})
export type PullRequest = z.infer<typeof pullRequestSchema>

export const commentSchema = z.object({
  id: z.number(),
  html_url: shownText,
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
})
export type Comment = z.infer<typeof commentSchema>
