/** How a machine without a scheduler is reached, and how it is prepared for its first run. */
import { Failure } from '../../lib/errors.ts'
import type { Facts } from '../facts.ts'
import { type CallOptions, type Channel, NodeFailure } from './channel.ts'
import { facts, put, type SetupJob, setup } from './verbs.ts'

export interface HostAccess {
  /** As program.md has it. */
  name: string
  channel: Channel
  /**
   * Puts the Python side there. Called again after a failure.
   * @returns where things are
   * @throws {Unusable} for what does not get better by waiting; any other failure is taken for one that does
   */
  install(): Promise<Installed>
  /** Lets go of the connection. */
  close(): Promise<void>
}

export interface Installed {
  /** Absolute. */
  root: string
  /** The names of what is in the root. */
  has: readonly string[]
  /** The interpreter of runs, or the folder of a virtual environment; null: `python` of its PATH. */
  python: string | null
}

/** A machine that cannot be used until somebody changes something. */
export class Unusable extends Failure {}

/** The node answered, and said no. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof NodeFailure && (error.exitCode === 1 || error.exitCode === 2)

/** What each machine is given before its first run. */
export interface HostFiles {
  base(): NonNullable<CallOptions['input']>
  /** null: no evaluator needs files of its own. */
  evaluation: (() => NonNullable<CallOptions['input']>) | null
  /** Paths that runs read there; the facts say which are missing. */
  needs: readonly string[]
}

/** Measures a machine and gives it the files that it lacks. What is there already stays: a run may use it. */
export async function prepareHost(
  { channel, name }: HostAccess,
  { root, has, python }: Installed,
  files: HostFiles,
): Promise<Facts> {
  const found = await facts(channel, { root, needs: [...files.needs], ...(python === null ? {} : { python }) })
  if (!has.includes('base')) await put(channel, root, 'base', files.base())
  if (files.evaluation !== null && !has.includes('evaluation'))
    await put(channel, root, 'evaluation', files.evaluation())
  return { ...found, node: name }
}

/** A setup command, and who is told the lines of its output. */
export interface SetupOrder {
  job: SetupJob
  tell: (line: string) => void
}

/** @throws {Unusable} with its last words where it fails */
export async function executeSetUp(
  { channel, name }: HostAccess,
  root: string,
  { job, tell }: SetupOrder,
  signal: AbortSignal,
): Promise<void> {
  let last = ''
  const keepLast = (line: string) => {
    if (line.trim() === '') return
    last = line
    tell(line)
  }
  const code = await setup(channel, root, job, keepLast, { signal })
  if (code === 0) return
  throw new Unusable(
    `setup failed on ${name} with exit code ${code}: ${last || 'it printed nothing'}.`,
    `Make \`${job.command}\` work on ${name} by hand.`,
  )
}
