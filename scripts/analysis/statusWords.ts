/** What is said of an experiment, by its status, and of a change that confirm ran again, by its verdict. */
import type { Status } from '../record/schema.ts'
import type { Confirmed } from '../stats/confirm.ts'

export const statusWords: Record<Status, string> = {
  keep: 'kept',
  discard: 'discarded',
  crash: 'crashed',
  timeout: 'timed out',
  refused: 'refused',
  conflict: 'in conflict with the head',
  aborted: 'aborted',
  unknown: 'of unknown status',
}

export const verdictWords = {
  better: 'confirmed',
  inconclusive: 'inconclusive',
  worse: 'worse',
} as const satisfies Record<Confirmed['verdict'], string>

/** What a replication says by the same verdict on all changes together. */
export const replicationWords = {
  better: 'confirmed here',
  inconclusive: 'not confirmed here',
  worse: 'the opposite here',
} as const satisfies Record<Confirmed['verdict'], string>
