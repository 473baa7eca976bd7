/** Ends the jobs of a session. */
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../../lib/errors.ts'
import { cancelJobs, SlurmFailure } from './commands.ts'
import { isGone, listJobs, phaseOf, type SlurmJob } from './jobs.ts'

/** Seconds that jobs have to end, and that a controller has to answer again. */
const patience = 90

/**
 * Cancels all jobs of the session, and waits until none of their processes is left.
 * @param isOurs by the name of a job
 * @param before called with the jobs that run, before they are cancelled
 * @throws {Failure} when some do not end, or Slurm does not answer
 */
export async function cancelAll(
  isOurs: (name: string) => boolean,
  before: (jobs: SlurmJob[]) => Promise<void>,
): Promise<void> {
  const latest = Date.now() + 1000 * patience
  let isFirst = true
  for (;;) {
    try {
      const jobs = (await listJobs(isOurs)).filter(job => !isGone(job))
      if (jobs.length === 0) return
      if (isFirst) await before(jobs.filter(job => phaseOf(job) === 'running'))
      isFirst = false
      await cancelJobs(jobs.filter(job => phaseOf(job) !== 'ended').map(({ ref }) => ref))
      if (Date.now() > latest) throw notEnded(jobs)
    } catch (error) {
      if (!(error instanceof SlurmFailure && error.isUnanswered) || Date.now() > latest) throw error
    }
    await wait(500)
  }
}

const notEnded = (jobs: SlurmJob[]): Failure =>
  new Failure(
    `Jobs of the session do not end: ${jobs.map(({ ref, state, node }) => `${ref} (${state}${node === null ? '' : ` on ${node}`})`).join(', ')}.`,
    'They are cancelled. Slurm waits for their nodes: `squeue --me` says for which.',
  )
