/** The session's jobs as Slurm lists them. */
import { sanitizeText } from '../../lib/text.ts'
import { callSlurm } from './commands.ts'

export interface SlurmJob {
  /** What commands take, and what stays the same: "12", or of an array "12_3". */
  ref: string
  /** Its own number, SLURM_JOB_ID; a waiting part of an array has that of the array. */
  id: string
  /** Index in its array, which is the slot; null: it is not in an array. */
  index: number | null
  /** "PENDING", "RUNNING", "NODE_FAIL", … */
  state: string
  /** Why it waits or failed, e.g. "Priority"; null where Slurm says none. */
  reason: string | null
  /** Where its script executes; null while it waits. */
  node: string | null
  restarts: number
  /** Milliseconds since 1970; null: without a limit. */
  endsAt: number | null
  name: string
}

const fields = [
  'JobID',
  'ArrayJobID',
  'ArrayTaskID',
  'State',
  'Reason',
  'RestartCnt',
  'BatchHost',
  'EndTime',
  'Name',
] as const

/**
 * All jobs of the user whose name the session gave, with those that ended in the last minutes.
 * @param isOurs by the job's name
 */
export async function listJobs(isOurs: (name: string) => boolean): Promise<SlurmJob[]> {
  const format = fields.map(field => `${field}:${separator}`).join()
  const output = await callSlurm('squeue', ['--noheader', '--array', '--me', '--states=all', `--Format=${format}`])
  return parseJobs(output).filter(({ name }) => isOurs(name))
}

/** Without a length, a field of squeue is as long as its text and followed by this. */
const separator = '|'

/** @param text of squeue, a job a line; lines of another form are left out, e.g. of a job whose name has the separator */
export function parseJobs(text: string): SlurmJob[] {
  return text.split('\n').flatMap((line): SlurmJob[] => {
    const parts = line.trim().split(separator)
    const [id = '', array = '', index = '', state = '', reason = '', restarts = '', node = '', end = '', name = ''] =
      parts
    if (
      parts.length !== fields.length + 1 ||
      ![id, array].every(part => /^\d+$/.test(part)) ||
      !/^[A-Z_]+$/.test(state)
    )
      return []
    return [
      {
        ref: /^\d+$/.test(index) ? `${array}_${index}` : id,
        id,
        index: /^\d+$/.test(index) ? Number(index) : null,
        state,
        reason: nothing.has(reason) ? null : sanitizeText(reason, 100),
        node: nothing.has(node) ? null : sanitizeText(node, 100),
        restarts: /^\d+$/.test(restarts) ? Number(restarts) : 0,
        endsAt: timeOf(end),
        name,
      },
    ]
  })
}

const nothing = new Set(['', 'None', 'N/A', 'n/a', '(null)'])

/** "2026-11-28T19:30:16" of this machine's time zone. */
function timeOf(text: string): number | null {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? null : time
}

const waiting = new Set([
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
])
const running = new Set(['RUNNING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'STAGE_OUT', 'RESIZING'])

/** COMPLETING counts as ended: its processes have been told to end. */
export function phaseOf({ state }: Pick<SlurmJob, 'state'>): 'waiting' | 'running' | 'ended' {
  return waiting.has(state) ? 'waiting' : running.has(state) ? 'running' : 'ended'
}

/** Whether it has ended with all of its processes. */
export const isGone = (job: SlurmJob): boolean => phaseOf(job) === 'ended' && job.state !== 'COMPLETING'

/** State of a node, e.g. "idle" or "down*"; '' where Slurm knows none of this name. */
export async function stateOfNode(node: string): Promise<string> {
  const output = await callSlurm('sinfo', ['--noheader', `--nodes=${node}`, '--Format=StateLong'])
  return sanitizeText(output.split('\n')[0] ?? '', 40)
}
