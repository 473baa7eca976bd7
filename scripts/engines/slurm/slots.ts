/** The slots of a session on Slurm, and the jobs that hold them. */
import { Failure } from '../../lib/errors.ts'
import type { Place } from '../engine.ts'
import type { Facts } from '../facts.ts'
import type { NodeJob } from '../nodeJob.ts'
import type { Worker } from '../remote/verbs.ts'
import { phaseOf, type SlurmJob } from './jobs.ts'

export interface Slot {
  place: Place & { root: string }
  /** Name of the job that holds it, or did last; null before the first one. */
  ref: string | null
  /** Since when the present job is waited for, milliseconds since 1970. */
  since: number
  /** Jobs that ended before they could take a run, one after another. */
  failures: number
  /** Whether a job shall hold it. */
  isWanted: boolean
  /** Which job and which of its starts `facts` are of. */
  measured: string | null
  /** Why its node could not be prepared; handled by the next look. */
  failure: Failure | null
  /** Why its last job ended before it took a run. */
  reason: string | null
  /** A run that is given to the node once the slot is ready. */
  pending: NodeJob | null
  /** Seconds that the last run may take, with what comes after it. */
  needed: number
}

export function newSlot(index: number, root: string): Slot {
  const since = Date.now()
  const slot: Slot = {
    place: {
      index,
      root,
      facts: null,
      state: { kind: 'waiting', since, reason: null },
      get job() {
        return slot.ref
      },
    },
    ref: null,
    since,
    failures: 0,
    isWanted: true,
    measured: null,
    failure: null,
    reason: null,
    pending: null,
    needed: 0,
  }
  return slot
}

/** So many jobs that end before they take a run are enough to give a slot up. */
export const mostFailures = 3

/** What to do for a slot, after a look at its jobs. */
export type Step =
  | { kind: 'ask' }
  /** Its job waits, or is not ready. */
  | { kind: 'wait'; job: SlurmJob; reason: string | null }
  /** Its job takes runs. */
  | { kind: 'use'; job: SlurmJob; worker: Worker }
  /** Its job takes no more runs, and another one is asked for when there is work. */
  | { kind: 'rest' }
  /** Its jobs end before they take a run. */
  | { kind: 'fail'; reason: string }

/**
 * Decides what to do for a slot. Pure.
 * @param jobs of the slot, as Slurm has listed them
 * @param worker the last one of the slot
 */
export function stepOf(slot: Slot, jobs: readonly SlurmJob[], worker: Worker | null): Step {
  const job = liveOf(jobs)
  if (job === null) {
    if (!slot.isWanted) return { kind: 'rest' }
    if (slot.failures < mostFailures) return { kind: 'ask' }
    return {
      kind: 'fail',
      reason: `${mostFailures} jobs ended before they took a run; ${slot.reason ?? 'Slurm does not say why'}`,
    }
  }
  if (phaseOf(job) === 'waiting') return { kind: 'wait', job, reason: job.reason }
  if (worker !== null && isWorkerOf(worker, job) && worker.isAlive && worker.state !== 'ended')
    return { kind: 'use', job, worker }
  return { kind: 'wait', job, reason: `starts on ${job.node ?? 'a node'}` }
}

/** The job that holds a slot: of several the one that runs, else the first. */
export function liveOf(jobs: readonly SlurmJob[]): SlurmJob | null {
  const live = jobs.filter(job => phaseOf(job) !== 'ended')
  return live.find(job => phaseOf(job) === 'running') ?? live[0] ?? null
}

/** Jobs of a slot besides the one that holds it: after a crash between an answer of sbatch and its use. */
export const surplusOf = (jobs: readonly SlurmJob[]): SlurmJob[] => {
  const kept = liveOf(jobs)
  return jobs.filter(job => phaseOf(job) !== 'ended' && job !== kept)
}

export const isWorkerOf = (worker: Worker, job: SlurmJob): boolean =>
  worker.schedulerJob === job.id && worker.restarts === job.restarts

/** Whether a run that takes this long ends before its job does. @param seconds with what comes after the run */
export const fits = (job: SlurmJob, seconds: number): boolean =>
  job.endsAt === null || phaseOf(job) === 'waiting' || job.endsAt - Date.now() >= 1000 * seconds

/** Seconds from the start of a run until its result is written, at most. */
export const neededBy = ({ job }: NodeJob): number => job.timeoutSeconds + (job.evaluator?.seconds ?? 0) + 120

export function setReady(slot: Slot, node: string, facts: Facts): void {
  Object.assign(slot, { failures: 0, reason: null })
  slot.place.facts = facts
  slot.place.state = { kind: 'ready', node }
}

export function setWaiting(slot: Slot, reason: string | null): void {
  slot.place.state = { kind: 'waiting', since: slot.since, reason }
}

export const tooShort = (time: number, needed: number): Failure =>
  new Failure(
    `A run may take ${Math.ceil(needed)} s with what comes after it, and \`engine.time\` gives a job ${time} s.`,
    'Give it more time, e.g. `time: 4h`, or lower `timeout`.',
  )
