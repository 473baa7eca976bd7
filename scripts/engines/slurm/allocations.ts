/** Asks for the jobs that hold slots, and says which of them take runs. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import type { SlurmSpec } from '../../program/engine.ts'
import type { Facts } from '../facts.ts'
import type { Opening } from '../opening.ts'
import { nodeTar } from '../remote/files.ts'
import type { RunState, Worker } from '../remote/verbs.ts'
import { submit } from '../remote/verbs.ts'
import { heldScript } from './batch.ts'
import { cancelJobs, SlurmFailure, submitJob } from './commands.ts'
import { excludeFlags, heldFlags, isNodeName, jobFlags, pathInFlags } from './flags.ts'
import { isGone, phaseOf, type SlurmJob } from './jobs.ts'
import type { Listing } from './listing.ts'
import type { Reach } from './nodes.ts'
import { liveOf, type Slot, setReady, setWaiting, stepOf, surplusOf } from './slots.ts'

export interface Allocations {
  /** Submits one job for each of these slots, all at once. @throws {SlurmFailure} */
  ask(slots: readonly Slot[]): Promise<void>
  /**
   * Does for a slot what its jobs call for.
   * @param worker the last one of the slot @param hasWork whether a run waits for a job
   */
  tend(slot: Slot, listing: Listing, worker: Worker | null, hasWork: boolean): Promise<void>
  /** Asks for no job there from now on. */
  avoid(node: string): void
  /** Gives the run of a slot that waits in memory to its files. @returns its state there; null: none waited */
  give(slot: Slot, job: SlurmJob | null): Promise<RunState | null>
}

export interface AllocationOptions {
  spec: SlurmSpec
  opening: Opening
  reach: Reach
  /** Of all jobs. */
  name: string
  /** Called on a node that got its files anew. */
  onSupplied: (slot: Slot, job: SlurmJob, root: string) => Promise<void>
}

export async function createAllocations({
  spec,
  opening,
  reach,
  name,
  onSupplied,
}: AllocationOptions): Promise<Allocations> {
  const preparing = new Set<Slot>()
  const avoided = new Set<string>()
  let askedAt = 0
  const script = heldScript({
    ...spec,
    root: reach.root,
    modules: reach.isShared ? null : await nodeTar(),
    needs: Object.values(opening.links),
  })

  const ask = async (slots: readonly Slot[]) => {
    const indices = slots.map(({ place }) => place.index)
    // Slurm writes there before the script begins.
    if (reach.isShared)
      for (const index of indices) await mkdir(join(reach.root, `slot-${index}`), { recursive: true, mode: 0o700 })
    const output = reach.isShared ? `${pathInFlags(reach.root)}/slot-%a/slurm.log` : '/dev/null'
    const flags = [
      ...jobFlags(spec, opening.resources, { name, output }),
      ...heldFlags,
      ...excludeFlags(spec, avoided),
      `--array=${indices.join()}`,
    ]
    askedAt = Date.now()
    const id = await submitJob(flags, script)
    askedAt = Date.now()
    for (const slot of slots) {
      Object.assign(slot, { ref: `${id}_${slot.place.index}`, since: Date.now(), isWanted: true, measured: null })
      setWaiting(slot, null)
    }
  }

  /** What the node of a job is, and what runs need there. */
  const prepare = async (slot: Slot, job: SlurmJob) => {
    try {
      const facts = await reach.facts(job, slot.place.index)
      if (facts === null) return
      const root = reach.root.startsWith('~/') ? join(facts.home, reach.root.slice(2)) : reach.root
      await reach.supply(job, root, () => onSupplied(slot, job, root))
      Object.assign(slot.place, { root, facts })
      slot.measured = startOf(job)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      slot.failure = error
    }
  }

  /** Where a node could not be prepared, another one may be. */
  const failed = async (slot: Slot, job: SlurmJob, failure: Failure) => {
    slot.failure = null
    slot.reason = failure.message
    await cancelJobs([job.ref])
  }

  /** What a job has said of its node before it ended; why it could not is the reason of its end. */
  const saidBefore = (slot: Slot, job: SlurmJob): Promise<Facts | null> =>
    reach.facts(job, slot.place.index).catch(error => {
      if (!(error instanceof Failure)) throw error
      slot.reason = error.message
      return null
    })

  const give = async (slot: Slot, job: SlurmJob | null) => {
    const { pending } = slot
    if (pending === null) return null
    const state = await submit(reach.files(job, slot.place.root), slot.place.root, pending, 'held')
    if (slot.pending === pending) slot.pending = null
    return state
  }

  const use = async (slot: Slot, job: SlurmJob, isTaking: boolean, reason: string | null) => {
    const isMeasured = slot.measured === startOf(job)
    if (phaseOf(job) === 'running' && !isMeasured && !preparing.has(slot)) {
      preparing.add(slot)
      // Not waited for: other slots are looked at meanwhile.
      void prepare(slot, job).finally(() => preparing.delete(slot))
    }
    if (slot.failure !== null) await failed(slot, job, slot.failure)
    else if (isTaking && isMeasured && slot.place.facts !== null) {
      setReady(slot, job.node ?? '', slot.place.facts)
      await give(slot, job)
    } else setWaiting(slot, reason)
  }

  return {
    ask,
    avoid(node) {
      if (isNodeName(node)) avoided.add(node)
    },
    give,
    async tend(slot, listing, worker, hasWork) {
      // A listing from before the last job was asked for does not have it.
      if (listing.down !== null || listing.at <= askedAt) return
      const jobs = listing.jobs.filter(({ index }) => index === slot.place.index)
      await cancelJobs(surplusOf(jobs).map(({ ref }) => ref))
      const live = liveOf(jobs)
      if (live !== null && live.ref !== slot.ref)
        Object.assign(slot, { ref: live.ref, since: Date.now(), measured: null })
      if (live === null && slot.ref !== null) {
        const last = jobs.find(({ ref }) => ref === slot.ref)
        if (last !== undefined && !isGone(last)) return
        // It may have been given back before it was seen to be ready.
        if (last !== undefined && reach.isShared && slot.place.state.kind === 'waiting') {
          const facts = await saidBefore(slot, last)
          if (last.state === 'COMPLETED' && facts !== null) setReady(slot, facts.node, facts)
        }
        ended(slot, last ?? null)
      }
      slot.isWanted ||= hasWork
      const step = stepOf(slot, jobs, worker)
      if (step.kind === 'ask') await ask([slot])
      else if (step.kind === 'fail') slot.place.state = { kind: 'failed', reason: step.reason }
      else if (step.kind !== 'rest')
        await use(slot, step.job, step.kind === 'use', step.kind === 'wait' ? step.reason : null)
    },
  }
}

/** A job that took runs is asked for again when there is work; one that did not was in vain. */
function ended(slot: Slot, last: SlurmJob | null): void {
  if (slot.place.state.kind === 'ready') slot.isWanted = false
  else {
    slot.failures += 1
    slot.reason ??=
      last === null ? null : [`job ${last.ref}:`, last.state, last.reason].filter(part => part !== null).join(' ')
  }
  slot.ref = null
}

/** Slurm did not take a job: for good, or it did not answer and is asked again. */
export function noteFailure(slot: Slot, error: unknown): void {
  if (!(error instanceof Failure)) throw error
  if (error instanceof SlurmFailure && !error.isUnanswered)
    slot.place.state = { kind: 'failed', reason: error.message, advice: error.advice }
  else setWaiting(slot, error.message)
}

/** Of a job that was requeued, each start is another one. */
const startOf = ({ id, restarts }: SlurmJob): string => `${id} ${restarts}`
