/** What one look at the jobs and the files of a session's slots has found. */
import type { Polled } from '../engine.ts'
import * as verbs from '../remote/verbs.ts'
import { lossOf, reasonOfRequeue } from './causes.ts'
import type { SlurmJob } from './jobs.ts'
import type { Listing } from './listing.ts'
import type { Taker } from './runState.ts'
import { liveOf, type Slot } from './slots.ts'

/** Files of the roots: of all slots where they are shared, else of each node. */
export type Files = { polled: verbs.PolledRoot } | { since: number; reason: string }

export interface Look {
  /** When it began, by the monotonic clock. */
  began: number
  listing: Listing
  /** By slot; absent: no node is known to ask. */
  files: Map<number, Files>
}

export const jobOf = (listing: Listing, index: number): SlurmJob | null =>
  liveOf(listing.jobs.filter(job => job.index === index))

/** Whether a run waits for a job of the slot. */
export const hasWork = ({ place, pending }: Slot, files: Look['files']): boolean => {
  const found = files.get(place.index)
  const runs = found !== undefined && 'polled' in found ? Object.values(found.polled.runs) : []
  return pending !== null || runs.some(run => run.state === 'waiting' && run.slot === place.index)
}

export const workerOf = (files: Files | undefined, index: number): verbs.Worker | null =>
  files !== undefined && 'polled' in files ? (files.polled.workers[index] ?? null) : null

/** Two looks with the same text differ in nothing that a caller waits for. */
export const describeLook =
  (slots: readonly Slot[]) =>
  ({ listing, files }: Look): string =>
    JSON.stringify([
      slots.map(({ place, ref }) => [place.state, ref]),
      listing.down?.reason,
      [...files.keys()],
      // Slots whose files are shared have the same ones.
      [...new Set(files.values())].map(each => ('polled' in each ? verbs.describeRuns(each.polled.runs) : each.reason)),
    ])

/** Of a run whose files cannot be asked for: Slurm may say that its node or its job is gone. */
export async function stateWithoutFiles(
  { jobs, down }: Listing,
  slot: Slot,
  taker: Taker | null,
  files: { since: number; reason: string } | null,
): Promise<Polled> {
  const job = jobs.find(each => (taker === null ? each.ref === slot.ref : each.id === taker.id)) ?? null
  const loss = down === null ? lossOf(job, taker?.restarts ?? 0, taker !== null) : null
  const node = taker?.node ?? job?.node ?? null
  if (loss !== null) return { state: 'lost', node, ...(await reasonOfRequeue(loss, node)) }
  return {
    state: 'unreachable',
    since: files?.since ?? down?.since ?? slot.since,
    reason: files?.reason ?? down?.reason ?? 'its node does not answer',
  }
}
