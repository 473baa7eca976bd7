/** The original baseline of a session that starts from another's final: the user's code without the inherited changes. */
import { originRunsOf } from '../../analysis/inherited.ts'
import { metricText } from '../../lib/format.ts'
import { experimentName } from '../../record/files/paths.ts'
import { writeTables } from '../../record/write.ts'
import { firstSeed } from '../runOrder.ts'
import type { BaselineContext } from './context.ts'
import { train } from './train.ts'

/**
 * Runs it once, after the baseline. A failed run is a result: gains are then counted from the session's own start alone.
 * @returns false when the run was interrupted; nothing is run in a session that inherits nothing
 */
export async function runOrigin(context: BaselineContext): Promise<boolean> {
  const { state, terminal } = context
  const { inherited } = state.session
  if (inherited === undefined || originRunsOf(state.session, state.experiments).length > 0) return true
  const run = await train(context, { experiment: 0, commit: inherited.base, purpose: 'origin', seed: firstSeed })
  if (run.outcome === 'aborted') return false
  await writeTables(context.folder, state)
  const baseline = state.experiments[0]?.metric
  const text =
    run.metric === null
      ? `did not run (${run.outcome}: ${run.why}), so gains are counted from this session's start alone`
      : metricText(run.metric, baseline == null ? [] : [baseline])
  terminal.step(experimentName(0), `original baseline, without the inherited changes   ${text}`, run.seconds)
  return true
}
