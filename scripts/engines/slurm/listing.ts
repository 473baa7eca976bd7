/** The session's jobs, asked for as often as something is about to happen, and more seldom while Slurm does not answer. */
import { Failure } from '../../lib/errors.ts'
import { SlurmFailure } from './commands.ts'
import { listJobs, type SlurmJob } from './jobs.ts'

export interface Listing {
  jobs: readonly SlurmJob[]
  /** When Slurm was asked for these, milliseconds since 1970. */
  at: number
  /** Since when Slurm does not answer, and its words; null while it does. */
  down: { since: number; reason: string } | null
}

export interface Lister {
  /** @param everyMs an older listing is made anew */
  list(everyMs: number): Promise<Listing>
}

/** Milliseconds between two tries while Slurm does not answer: at first, and at most. */
const pauses = { first: 1000, most: 30_000 }

/** @param isOurs by the name of a job */
export function createLister(isOurs: (name: string) => boolean): Lister {
  let last: Listing = { jobs: [], at: 0, down: null }
  let pause = pauses.first
  let asked = 0
  return {
    async list(everyMs) {
      const now = Date.now()
      if (now - asked < (last.down === null ? everyMs : pause)) return last
      asked = now
      try {
        last = { jobs: await listJobs(isOurs), at: now, down: null }
        pause = pauses.first
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        // At the beginning it is no passing state.
        if (last.at === 0 && !(error instanceof SlurmFailure && error.isUnanswered)) throw error
        last = { ...last, down: { since: last.down?.since ?? now, reason: error.message } }
        pause = Math.min(2 * pause, pauses.most)
        // It may have taken long to say so.
        asked = Date.now()
      }
      return last
    },
  }
}
