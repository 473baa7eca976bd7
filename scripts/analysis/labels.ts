/** The label of a kept change, from its P(real) and from re-runs. The only place of the thresholds. */
import type { Confirmed } from '../stats/confirm.ts'
import type { Label } from './schema.ts'

/** From this P(real), at most one change in ten has no effect: enough to build on, not to publish alone. */
export const LIKELY_THRESHOLD = 0.9
/** Below this P(real), nine changes in ten have no effect, so the change should be removed rather than tested again. */
const REFUTED_THRESHOLD = 0.1

export interface Evidence {
  /** Gain when it was kept. */
  gain: number
  /** P(real) of this gain; null without σ. */
  pReal: number | null
  /** The head against the head without the change, in runs of confirm; null when not run. */
  ablation: Confirmed['verdict'] | null
  /** The change against its parent, both in runs of confirm; null when not run. */
  rerun: Confirmed['verdict'] | null
  /** All kept changes together in runs of confirm. */
  stack: Confirmed['verdict'] | null
}

/**
 * A re-run outweighs P(real), and an ablation outweighs a re-run. A simplification was kept without a gain, so only a
 * re-run can refute it. Where all changes together made the metric worse, none is labelled likely.
 */
export function labelOf({ gain, pReal, ablation, rerun, stack }: Evidence): Label {
  const direct = [ablation, rerun].find(verdict => verdict === 'better' || verdict === 'worse')
  if (direct) return direct === 'better' ? 'confirmed' : 'refuted'
  if (pReal === null || gain <= 0) return 'unproven'
  if (pReal < REFUTED_THRESHOLD) return 'refuted'
  return pReal >= LIKELY_THRESHOLD && stack !== 'worse' ? 'likely' : 'unproven'
}
