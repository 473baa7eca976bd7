/** What is said of an experiment, by its status. */
import type { Status } from '../record/schema.ts'

export const statusWords: Record<Status, string> = {
  keep: 'kept',
  discard: 'discarded',
  crash: 'crashed',
  timeout: 'timed out',
  refused: 'refused by the guard',
  conflict: 'in conflict with the head',
  aborted: 'aborted',
  unknown: 'of unknown status',
}
