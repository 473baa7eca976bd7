/** What Slurm's accounting says of a job that its controller has forgotten (MinJobAge), where there is accounting. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import { causeOfState, type Loss } from './causes.ts'
import { callSlurm } from './commands.ts'
import type { Listing } from './listing.ts'

const fields = ['JobIDRaw', 'State', 'NodeList'] as const

/** The cause of a loss of which the controller says nothing. @param id SLURM_JOB_ID; undefined: it was not seen */
export async function reasonInAccounting<L extends Loss>(
  loss: L,
  { jobs, down }: Listing,
  id: string | undefined,
): Promise<L> {
  const isForgotten = id !== undefined && down === null && !jobs.some(job => job.id === id)
  if (loss.cause !== 'runner killed' || !isForgotten) return loss
  const said = await accountOf(id)
  return said === null ? loss : { ...loss, ...said }
}

/** @returns null where there is no accounting, or it does not know why the job ended */
export async function accountOf(id: string): Promise<Loss | null> {
  const asked = ['--parsable2', '--noheader', '--allocations', `--jobs=${id}`, `--format=${fields.join()}`]
  try {
    return parseAccount(await callSlurm('sacct', asked), id)
  } catch (error) {
    // Without slurmdbd it says that accounting is disabled.
    if (error instanceof Failure) return null
    throw error
  }
}

/** @param text of sacct: "17|CANCELLED by 1000|n1"; of several lines on the job the last counts */
export function parseAccount(text: string, id: string): Loss | null {
  const rows = text.split('\n').map(line => line.split('|'))
  const [, state = '', node = ''] = rows.findLast(parts => parts.length === fields.length && parts[0] === id) ?? []
  const cause = causeOfState[state.split(' ')[0] ?? '']
  if (cause === undefined) return null
  return { cause, detail: sanitizeText(`job ${id} ${state} on ${node}, by Slurm's accounting`, 200) }
}
