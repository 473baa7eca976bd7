/** `--reject`: records why a user rejects an experiment. Prompts of this and later sessions show the reason to agents. */
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { sanitizeText } from '../../lib/text.ts'
import { readSession } from '../../record/files/paths.ts'
import { appendRejection } from '../../record/files/rejections.ts'

export interface Rejected {
  session: string
  experiment: number
  description: string
  why: string
}

/** @throws {Failure} when there is no such experiment, or no reason */
export async function reject(id: string, number: string | undefined, why: string | undefined): Promise<Rejected> {
  if (number === undefined)
    throw new Failure('--why needs --reject NUMBER.', 'Name the experiment to reject, or omit --why.')
  const folder = join(sessionsRoot, id)
  const { experiments } = await readSession(folder)
  const found = experiments.find(e => e.number > 0 && number.match(/^\d+$/) && e.number === Number(number))
  if (!found)
    throw new Failure(
      `--reject ${number}: ${id} has no such experiment.`,
      `Give the number of a judged experiment, 1 to ${Math.max(1, ...experiments.map(e => e.number))}.`,
    )
  const reason = sanitizeText(redact(why ?? ''), 500)
  if (reason === '')
    throw new Failure(
      '--why is missing.',
      'Say what is wrong with the experiment: the prompt shows the reason to agents.',
    )
  await appendRejection(folder, { at: new Date().toISOString(), experiment: found.number, why: reason })
  return { session: id, experiment: found.number, description: found.description, why: reason }
}
