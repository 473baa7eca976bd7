/** A session that has ended, opened again to add runs to it and write its report anew. */

import type { Digest } from '../../analysis/schema.ts'
import { Failure } from '../../lib/errors.ts'
import { tip } from '../../record/state.ts'
import type { Night } from '../session/context.ts'
import { ensureOwnTrainer } from '../session/ownTrainer.ts'
import { closeNight, type Surroundings } from '../session/prepare.ts'
import { reopenNight } from '../session/resume.ts'
import { ablate } from './ablate.ts'
import { confirm, seedsOf } from './confirm.ts'

export interface Wanted {
  /** Pairs of baseline and tip; null: as many as the session's seeds, or none when only an ablation lacks runs. */
  pairs: number | null
  /** Whether to take out doubtful changes one at a time. */
  ablate: boolean
}

/**
 * Makes more runs of a session that has ended, and writes its report anew.
 * @param writeReport of the session in this folder; called while the lock is held
 */
export async function confirmSession(
  id: string,
  wanted: Wanted,
  rest: Surroundings,
  writeReport: (folder: string) => Promise<Digest>,
): Promise<Digest> {
  const { night } = await reopenNight(id, rest)
  try {
    if (night.state.session.stop === null)
      throw new Failure(
        `${id} is still running, or was killed.`,
        `Confirm works on a session that has ended: \`pnpm session --resume ${id}\`.`,
      )
    await ensureOwnTrainer(night)
    await confirmMore(night, wanted)
    if (wanted.ablate && !night.interrupt.finish.aborted) {
      const doubtful = await ablate(night)
      if (doubtful === 0) night.terminal.step('ablate', 'no kept change is in doubt, so none is taken out')
    }
    return await writeReport(night.folder)
  } finally {
    await closeNight(night)
  }
}

async function confirmMore(night: Night, { pairs, ablate }: Wanted): Promise<void> {
  const best = tip(night.state)
  // The tip's confirm runs are what an ablation is compared with: those that are there are enough.
  if (ablate && pairs === null && best && seedsOf(best).length > 1) return
  const finished = await confirm(night, pairs ?? night.contract.seeds, () => Number.POSITIVE_INFINITY)
  if (finished === 0 && !night.interrupt.now.aborted)
    night.terminal.step('confirm', 'nothing was kept, so there is nothing to confirm')
}
