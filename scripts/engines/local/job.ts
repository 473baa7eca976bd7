/** What a runner is told, and what it says when it begins. */

import type { Relay } from '../../lib/sandbox/relay.ts'
import type { EvaluationFolder } from './evaluationFolder.ts'

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
  /** What measures the run from outside; null or absent where the run measures itself. */
  evaluator?: EvaluatorJob | null
}

/** NIGHTSHIFT_RUN of the processes of a run's evaluator. @param mark the run's */
export const evaluatorMark = (mark: string): string => `${mark}-evaluator`

/** What a runner is told of an evaluator. */
export interface EvaluatorJob {
  /** `serve`: started with the run, and connected to it. `after`: started when the run has ended well. */
  form: 'serve' | 'after'
  /** Program and arguments. */
  argv: string[]
  cwd: string
  env: Record<string, string>
  log: string
  /** NIGHTSHIFT_EVAL, in a folder of its own, which is made before and removed after. */
  file: string
  /** Path of a file that identifies its process for a later harness, as `owner` of the job does the runner's. */
  owner: string
  /** Value of NIGHTSHIFT_RUN in the environment of its processes. */
  mark: string
  /** How long it may take after the run, seconds. */
  seconds: number
  /** The folder that holds its files. */
  frozen: EvaluationFolder
  /** NIGHTSHIFT_OUTPUT of `after`; else null. */
  output: string | null
}

/** The number of the socket that connects run and evaluator, in both. */
export const socketNumber = 3

/** Printed before the command is started; from then on the job is given to no other process. */
export const begun = 'begun'
