/** A session that has ended, opened again to add runs to it and write its report anew. */
import { Failure } from '../lib/errors.ts'
import type { Digest } from '../report/schema.ts'
import { writeReport } from '../report/write.ts'
import { confirm } from './confirm.ts'
import { closeNight, reopenNight } from './open.ts'
import { ensureOwnTrainer } from './trainer.ts'

/**
 * Makes more runs of baseline and tip of a session that has ended, and writes its report anew.
 * @param pairs null: as many as the session's seeds
 */
export async function confirmSession(
  id: string,
  pairs: number | null,
  rest: Parameters<typeof reopenNight>[1],
): Promise<Digest> {
  const night = await reopenNight(id, rest)
  try {
    if (night.state.session.stop === null)
      throw new Failure(`${id} is still running, or was killed.`, 'Confirm works on a session that has ended.')
    await ensureOwnTrainer(night)
    const finished = await confirm(night, pairs ?? night.contract.seeds)
    if (finished === 0 && !night.signal.aborted)
      night.terminal.step('confirm', 'nothing was kept, so there is nothing to confirm')
    return await writeReport(night.folder)
  } finally {
    await closeNight(night)
  }
}
