/** A session that has ended, opened again to add runs to it and write its report anew. */

import type { Digest } from '../../analysis/schema.ts'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { tip } from '../../record/state.ts'
import { ensureOwnTrainer } from '../session/ownTrainer.ts'
import { closeSession, type SessionHooks } from '../session/prepare.ts'
import { reopenSession } from '../session/resume.ts'
import { ablate } from './ablate.ts'
import { confirm, seedsOf } from './confirm.ts'
import type { ConfirmContext } from './context.ts'

export interface ConfirmOptions {
  /** Pairs of baseline and head; null: as many as the session's seeds, or none when only an ablation lacks runs. */
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
  options: ConfirmOptions,
  hooks: SessionHooks,
  writeReport: (folder: string) => Promise<Digest>,
): Promise<Digest> {
  const { context } = await reopenSession(id, hooks)
  try {
    if (context.state.session.stop === null)
      throw new Failure(
        `${id} is still running, or was killed.`,
        `Confirm works on a session that has ended: \`${command(`session resume ${id}`)}\`.`,
      )
    await ensureOwnTrainer(context)
    await confirmMore(context, options)
    if (options.ablate && !context.interrupt.finish.aborted) {
      const doubtful = await ablate(context)
      if (doubtful === 0) context.terminal.step('ablate', 'no kept change is in doubt, so none is taken out')
    }
    return await writeReport(context.folder)
  } finally {
    await closeSession(context)
  }
}

async function confirmMore(context: ConfirmContext, { pairs, ablate }: ConfirmOptions): Promise<void> {
  const head = tip(context.state)
  // The head's confirm runs are what an ablation is compared with: those that are there are enough.
  if (ablate && pairs === null && head && seedsOf(head).length > 1) return
  const finished = await confirm(context, pairs ?? context.contract.seeds, () => Number.POSITIVE_INFINITY)
  if (finished === 0 && !context.interrupt.now.aborted)
    context.terminal.step('confirm', 'nothing was kept, so there is nothing to confirm')
}
