/** What a runner is told, and what it says when it begins. */

import type { Relay } from '../../../lib/sandbox/relay.ts'

/** Given on standard input: a pipe leaves no trace that the run could read. */
export interface Job {
  /** Private key that signs what the runner writes. */
  key: string
  /** Program and arguments: what program.md runs, inside what the harness puts around it. */
  argv: string[]
  cwd: string
  /** Environment of the command. */
  env: Record<string, string>
  log: string
  exit: string
  /** Path of owner.json, in which the runner identifies itself for a later harness; signed. */
  owner: string
  /** Value of NIGHTSHIFT_RUN in the environment of every descendant. */
  mark: string
  timeoutSeconds: number
  /** What the command reaches of this machine's loopback from a network of its own; null: it needs no relay. */
  relay: Relay | null
  /** Frozen files, which are hashed after the run. */
  frozen: {
    folder: string
    /** Hashes before the run, by path. */
    hashes: Record<string, string>
  }
}

/** Printed before the command is started; from then on the job is given to no other process. */
export const begun = 'begun'
