/** What each destination of `pnpm post` gets, and what it gives back. */
import type { Terminal } from '../lib/terminal/terminal.ts'
import type { Ask } from '../share/ask.ts'
import type { Draw } from './draw.ts'
import type { Clock } from './github/clock.ts'
import type { Remembered } from './remembered.ts'
import type { PostRequest } from './request.ts'

/** What would be sent, and where, for a person to read before it is. */
export interface Plan {
  /** What sending does, a sentence each, e.g. "Creates a discussion in my-lab/research (private), category Research." */
  steps: string[]
  /** The texts, exactly as they would be sent. */
  texts: { name: string; text: string }[]
}

export interface Outcome {
  /** Whether it was approved and sent. False: the plan was only shown. */
  sent: boolean
  /** What was done, a step a line, verb first, e.g. ["created", "discussion https://…"]; with nothing to change one "unchanged". */
  done: [verb: string, object: string][]
  /** Address or folder of the post; null where it does not exist yet. */
  address: string | null
}

export interface PostContext {
  /** Folder of the session records. */
  root: string
  /** Folder of what is remembered; by default `workRoot`. */
  work?: string
  env: NodeJS.ProcessEnv
  terminal: Terminal
  clock: Clock
  /** Draws the figures of the docs; given from outside, because the site draws them. */
  draw: Draw
  /** null without a terminal: what is not given is then an error. */
  ask: Ask | null
  /** Shows the plan; resolves to whether to send it. Each destination calls it once, before its first write. */
  approve(plan: Plan): Promise<boolean>
}

/** Where posts about a target can go now: all that they need is there. */
export interface CheckedPlace {
  /** E.g. "my-lab/research (private), category Research". */
  text: string
  remembered: Remembered
}

export type Destination = (request: PostRequest, context: PostContext) => Promise<Outcome>

/** What a destination returns when its plan was not approved. */
export const notSent = (address: string | null): Outcome => ({ sent: false, done: [], address })
