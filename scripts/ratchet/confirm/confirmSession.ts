/** `pnpm confirm`: adds confirm runs and ablations to a session that has ended, and rewrites its report. */
import type { Digest } from '../../analysis/schema.ts'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { isPaired } from '../../record/pairs.ts'
import { finalOf } from '../../record/state.ts'
import { withdrawReport } from '../../record/unfinished.ts'
import { pairsOfConfirm } from '../pairs.ts'
import { prune } from '../prune/prune.ts'
import { checkData } from '../session/data.ts'
import { ensureOwnTrainer } from '../session/ownTrainer.ts'
import { closeSession, type SessionHooks } from '../session/prepare.ts'
import { reopenSession } from '../session/resume.ts'
import { withPlaces } from '../session/withPlaces.ts'
import { ablate } from './ablate.ts'
import { confirm, confirmSeeds } from './confirm.ts'
import type { ConfirmSessionContext } from './context.ts'

export interface ConfirmOptions {
  /** Pairs of runs, baseline and head; null: the session's `seeds`, or none when `ablate` has confirm runs to compare with. */
  pairs: number | null
  /** Whether to remove uncertain changes one at a time. */
  ablate: boolean
}

/**
 * Adds confirm runs, and ablations if asked for, and rewrites the report.
 * @param writeReport takes the session's folder; called while the lock is held
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
        `${id} was interrupted before its end.`,
        `Finish it first: \`${command(`session resume ${id}`)}\`.`,
      )
    if (options.ablate && isPaired(context.state.session))
      throw new Failure(
        `--ablate is not for ${id}: its program says \`judge: paired\`, and ablation compares runs of different times.`,
        `\`${command(`confirm ${id}`)}\` compares baseline and head side by side.`,
      )
    await checkData(context.contract)
    await ensureOwnTrainer(context)
    // Killed from here on, `session resume` writes the report of the runs that were made.
    await withdrawReport(context.folder)
    await withPlaces(context, async () => {
      await confirmMore(context, options)
      if (!options.ablate || context.interrupt.finish.aborted) return
      const uncertain = await ablate(context)
      if (uncertain === 0) context.terminal.step('ablate', 'no kept change is uncertain; nothing to remove')
    })
    return await writeReport(context.folder)
  } finally {
    await closeSession(context)
  }
}

async function confirmMore(context: ConfirmSessionContext, { pairs, ablate }: ConfirmOptions): Promise<void> {
  await prune(context)
  const head = finalOf(context.state)
  // An ablation is compared with the head's confirm runs: two are enough.
  if (ablate && pairs === null && head && confirmSeeds(head).length > 1) return
  const { contract, state } = context
  const more = pairs ?? pairsOfConfirm(contract.seeds, contract, state)
  const finished = await confirm(context, more, () => Number.POSITIVE_INFINITY)
  if (finished === 0 && !context.interrupt.now.aborted)
    context.terminal.step('confirm', 'nothing to confirm: no change was kept')
}
