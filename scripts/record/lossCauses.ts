/** Causes of lost runs: runs of an engine that have no result. */

/** Why a run has no result of its own; the run is made again. Names for records, pages and terminal. */
export const lossCauses = {
  'node failed': 'the node failed, or left the cluster',
  preempted: 'the scheduler preempted the job',
  requeued: 'the scheduler requeued the job',
  'out of memory': 'the scheduler killed the job for its memory',
  'disk full': 'the disk of the node is full',
  cancelled: 'the job was cancelled, but not by the session',
  'time limit': 'the job reached its time limit',
  unreachable: 'the host could not be reached any more',
  'runner killed': 'its runner was killed',
  rejected: 'the scheduler did not take the job',
} as const
export type LossCause = keyof typeof lossCauses
