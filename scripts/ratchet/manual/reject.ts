/** A person's word against an experiment, whatever its number says: agents of this and later sessions are told. */
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import { sanitizeText } from '../../lib/text.ts'
import { readSession } from '../../record/files.ts'
import { appendRejection } from '../../record/rejections.ts'

export interface Rejected {
  session: string
  experiment: number
  description: string
  why: string
}

/** @throws {Failure} when there is no such experiment, or no reason */
export async function reject(id: string, number: string | undefined, why: string | undefined): Promise<Rejected> {
  const folder = join(sessionsRoot, id)
  const { experiments } = await readSession(folder)
  const found = experiments.find(e => e.number > 0 && number?.match(/^\d+$/) && e.number === Number(number))
  if (!found)
    throw new Failure(
      `--reject ${number ?? 'is missing'}: ${id} has no such experiment.`,
      `Give the number of a judged one, 1 to ${Math.max(1, ...experiments.map(e => e.number))}.`,
    )
  const reason = sanitizeText(why ?? '', 500)
  if (reason === '')
    throw new Failure('--why is missing.', 'Say what is wrong with it: an agent can only heed a reason.')
  await appendRejection(folder, { at: new Date().toISOString(), experiment: found.number, why: reason })
  return { session: id, experiment: found.number, description: found.description, why: reason }
}
