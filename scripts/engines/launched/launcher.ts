/**
 * What a job service must do to execute runs of a session: a job a run, on machines whose files the harness cannot see. What a
 * run needs goes there in two packages, and what it leaves comes back in what its job prints (result.ts).
 */
import type { Resources } from '../../program/engine.ts'
import type { LossCause } from '../engine.ts'

/** A zip that is unpacked into a folder on the node, whose path is an argument of the job's command (command.ts). */
export interface Package {
  /** On this machine. That of a job is removed when `submit` has returned: it holds the key of the run. */
  path: string
  /** Of what is in it, hexadecimal. */
  sha256: string
}

export interface LaunchedJob {
  /** Letters, digits, `-` and `_`, at most 200: the session's own name of the job. */
  key: string
  /** Of all jobs of a session the same: the program, and the files of the first commit. */
  session: Package
  /** Of this job alone, and small: what it is to do. Secret: it holds a private key, and values of `env`. */
  run: Package
  resources: Resources
}

export type LaunchedState =
  | { state: 'waiting'; reason: string | null }
  /** @property node in the words of the service; null: not known */
  | { state: 'running'; node: string | null }
  /** Its command has ended, well or not: `output` says what it has left. */
  | { state: 'ended' }
  /**
   * The service says that it has no result. What the job printed before counts for more.
   * @property detail one line
   * @property hasNotBegun it waited in vain: the same job is submitted again
   */
  | { state: 'failed'; cause: LossCause; detail: string; hasNotBegun?: boolean }

export interface Listed {
  /** The service's own name of it. */
  job: string
  state: LaunchedState
}

/**
 * Each call throws a `Failure` in the words of the service when that does not answer or refuses; nothing is concluded from that
 * but that it is to be asked again.
 */
export interface Launcher {
  /** For messages, e.g. "Ray at http://127.0.0.1:8265". */
  name: string
  /** How late the end of what a job has printed may come after its end, milliseconds; absent: a moment. */
  lateMs?: number
  /**
   * Starts a job, unless one with its key is there: of two calls for a key, also from two harnesses, one starts a job.
   * @returns the service's name of the job
   */
  submit(job: LaunchedJob): Promise<string>
  /** The jobs that were not removed, by key, in one question. Others' may be among them. @param prefix of the session's keys */
  list(prefix: string): Promise<ReadonlyMap<string, Listed>>
  /** What a job has printed until now, whole; a service may know it only when the job has ended. */
  output(job: string, key: string): Promise<Buffer>
  /** Ends a job, by SIGTERM where it runs. Does nothing for one that has ended. Its state says what came of it. */
  cancel(job: string, key: string): Promise<void>
  /** Removes what the service keeps of a job that has ended, as far as it can; its key is free then. */
  remove(job: string, key: string): Promise<void>
  /** Lets go of what is held on this machine. Jobs go on. */
  close(): Promise<void>
}
