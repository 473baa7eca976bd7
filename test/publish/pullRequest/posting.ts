/** Posts a session's pull request to a test's GitHub, with a clock that does not wait. */
import { join } from 'node:path'
import { sessionsRoot } from '../../../scripts/lib/paths.ts'
import type { Outcome, Plan, PostContext } from '../../../scripts/publish/destination.ts'
import { postPullRequest } from '../../../scripts/publish/pullRequest/post.ts'
import { type PostRequest, readRequest } from '../../../scripts/publish/request.ts'
import type { FakeGitHub } from './github/server.ts'

export interface Posted {
  outcome: Outcome
  plan: Plan | null
  /** Milliseconds that the clock was asked to wait. */
  waits: number[]
}

export interface Posting {
  flags?: Record<string, unknown>
  env?: Record<string, string>
  approves?: boolean
  /** Happens between looking and sending. */
  onApprove?: () => Promise<void>
  ask?: PostContext['ask']
}

export async function post(github: FakeGitHub, ids: string | string[], given: Posting = {}): Promise<Posted> {
  const flags = { to: 'pull-request', remote: 'origin', api: github.api, ...given.flags }
  const waits: number[] = []
  let [plan, now]: [Plan | null, number] = [null, Date.parse('2026-11-28T06:00:00Z')]
  const context: PostContext = {
    root: sessionsRoot,
    env: { ...process.env, GITHUB_TOKEN: github.token, ...given.env },
    terminal: { step: () => {}, live: () => {}, headline: () => {} },
    clock: {
      now: () => now,
      wait: async milliseconds => {
        waits.push(milliseconds)
        now += milliseconds
      },
    },
    ask: given.ask ?? null,
    draw: { session: () => [], several: async () => [] } as unknown as PostContext['draw'],
    approve: async shown => {
      plan = shown
      await given.onApprove?.()
      return given.approves ?? true
    },
  }
  const request: PostRequest = readRequest(flags)([ids].flat())
  return { outcome: await postPullRequest(request, context), plan, waits }
}

/** The error of a post: what it says, and what to do. */
export async function failureOf(posting: Promise<unknown>): Promise<{ message: string; advice: string }> {
  try {
    await posting
  } catch (error) {
    const { message, advice } = error as { message: string; advice: string }
    return { message, advice }
  }
  throw new Error('It did not fail.')
}

export const folderOf = (id: string): string => join(sessionsRoot, id)
