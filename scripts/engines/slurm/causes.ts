/** What the state of a job says of a run that it executed, and that has no result. */
import { readRegularFile } from '../../lib/files/read.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { LossCause } from '../engine.ts'
import { isGone, phaseOf, type SlurmJob, stateOfNode } from './jobs.ts'

export interface Loss {
  cause: LossCause
  /** One line, in the words of Slurm. */
  detail: string
}

/** By the state of a job, without what follows it: "CANCELLED by 1000". */
export const causeOfState: Partial<Record<string, LossCause>> = {
  NODE_FAIL: 'node failed',
  BOOT_FAIL: 'node failed',
  PREEMPTED: 'preempted',
  OUT_OF_MEMORY: 'out of memory',
  TIMEOUT: 'time limit',
  DEADLINE: 'time limit',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
}

/** Reasons of a job whose script could not be started, or ended early: of one that took a run they do not say why. */
const launch = /^(JobLaunchFailure|launch failed|BadConstraints|NonZeroExitCode|RaisedSignal|FAIL_)/i

/**
 * @param job that executed the run; null: Slurm does not know it any more
 * @param restarts how often it had been restarted when it took the run
 * @param hasBegun whether the run had begun
 * @returns null while the job that took the run may still execute it
 */
export function lossOf(job: SlurmJob | null, restarts: number, hasBegun: boolean): Loss | null {
  if (job === null) return { cause: 'runner killed', detail: 'the job has ended, and Slurm knows it no more' }
  const { ref, state, reason, node } = job
  const words = [`job ${ref}`, state, reason, node && `on ${node}`]
    .filter(part => part !== null && part !== '')
    .join(' ')
  if (job.restarts > restarts || phaseOf(job) === 'waiting')
    return {
      cause: 'requeued',
      detail: `${words}: it was put back into the queue, because another job preempted it or somebody asked for that`,
    }
  if (!isGone(job)) return null
  const cause = causeOfState[state]
  if (cause !== undefined) return { cause, detail: words }
  if (!hasBegun && reason !== null && launch.test(reason)) return { cause: 'rejected', detail: words }
  return { cause: 'runner killed', detail: words }
}

/**
 * Where Slurm looks at the memory of processes itself (OverMemoryKill), a job that it kills for it has failed like any other:
 * only the job's log says why.
 * @param log where its output is, which other jobs may have written before @param id SLURM_JOB_ID
 */
export async function reasonInLog<L extends Loss>(loss: L, log: string, id: string | undefined): Promise<L> {
  if (loss.cause !== 'runner killed' || id === undefined) return loss
  const text = (await readRegularFile(log)) ?? ''
  const said = text.split('\n').findLast(line => line.includes(`StepId=${id}.`) && overMemory.test(line))
  if (said === undefined) return loss
  const words = sanitizeText(said.replace(/^\S+: error: /, ''), 150)
  return { ...loss, cause: 'out of memory', detail: [words, loss.detail].filter(part => part !== '').join('; ') }
}

const overMemory = / exceeded memory limit | oom[-_]kill event/

/** Slurm does not say why a job was put back. A node that is down says it. */
export async function reasonOfRequeue(loss: Loss, node: string | null): Promise<Loss> {
  if (loss.cause !== 'requeued' || node === null) return loss
  const state = await stateOfNode(node).catch(() => '')
  // A star: it does not respond.
  if (!/down|fail|\*/.test(state)) return loss
  return { cause: 'node failed', detail: `${node} is ${state}; ${loss.detail}` }
}
