/** Jobs as Ray's dashboard has them, and what their states say of a run. Pure. */
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import type { LossCause } from '../engine.ts'
import type { LaunchedState } from '../launched/launcher.ts'

const text = z.string().nullish()
const jobSchema = z.object({
  type: text,
  submission_id: text,
  status: z.string(),
  message: text,
  error_type: text,
  driver_node_id: text,
})
export type RayJob = z.infer<typeof jobSchema>

/** What `GET /api/jobs/` answers. Entries of another form are left out: a newer Ray may have other kinds. */
export const jobsOf = (answer: unknown): RayJob[] | null =>
  Array.isArray(answer)
    ? answer.flatMap(entry => {
        const job = jobSchema.safeParse(entry).data
        return job === undefined ? [] : [job]
      })
    : null

/** What a job's state says. */
export function stateOf({ status, message, error_type, driver_node_id }: RayJob): LaunchedState {
  const words = sanitizeText((message ?? '').replaceAll('\n', ' '), 300)
  switch (status) {
    case 'PENDING':
      return { state: 'waiting', reason: words.replace(/^Job has not started yet\.\s*/, '') || null }
    case 'RUNNING':
      return { state: 'running', node: driver_node_id ?? null }
    case 'SUCCEEDED':
      return { state: 'ended' }
    case 'STOPPED':
      return { state: 'failed', cause: 'cancelled', detail: words }
    case 'FAILED':
      return failed(error_type ?? '', message ?? '', words)
    default:
      return { state: 'waiting', reason: `Ray says ${sanitizeText(status, 40)}` }
  }
}

function failed(type: string, message: string, words: string): LaunchedState {
  // Its command has failed: what it printed says why.
  if (type === 'JOB_ENTRYPOINT_COMMAND_ERROR' || /^Job entrypoint command failed/.test(message))
    return { state: 'ended' }
  const detail = firstOf(words)
  if (type === 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT' || /failed to start within/.test(message))
    return { state: 'failed', cause: 'rejected', detail, hasNotBegun: true }
  return { state: 'failed', cause: causeOf(type, message), detail }
}

function causeOf(type: string, message: string): LossCause {
  if (/out of memory|OutOfMemory|OOM/i.test(message)) return 'out of memory'
  if (/preempt/i.test(message)) return 'preempted'
  if (
    /node (has died|is dead|was terminated|died)|its node|NODE_DIED|lost its node|unexpected(ly)? terminat/i.test(
      message,
    )
  )
    return 'node failed'
  if (/No space left|disk is full/i.test(message)) return 'disk full'
  if (/RUNTIME_ENV_SETUP_FAILURE|UNSCHEDULABLE|START_FAILURE|START_ERROR/.test(type)) return 'rejected'
  if (/runtime_env setup failed|could not be scheduled|Failed to start supervisor/i.test(message)) return 'rejected'
  return 'runner killed'
}

/** Ray explains at length. */
const firstOf = (words: string): string => (words.length > 200 ? `${words.slice(0, 199)}…` : words)
