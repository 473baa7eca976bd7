/** The word that a kept change gets, from its chance and from direct re-runs; the thresholds stand here alone. */

import type { Confirmed } from '../stats/confirm.ts'
import type { Label } from './schema.ts'

/** At most one such change in ten should turn out empty: good enough to build on, not to publish alone. */
export const LIKELY_THRESHOLD = 0.9
/** Below it nine in ten are empty: a reader should take the change out rather than test it again. */
const REFUTED_THRESHOLD = 0.1

export interface Evidence {
  /** Gain it was kept with. */
  gain: number
  /** Chance that this gain is real; null without σ. */
  pReal: number | null
  /** The head against the head without it, on unused seeds; null when it was not taken out. */
  ablation: Confirmed['verdict'] | null
  /** It against the tree it was made against, both run again on unused seeds; null when they were not. */
  rerun: Confirmed['verdict'] | null
  /** All kept changes together on unused seeds. */
  stack: Confirmed['verdict'] | null
}

/**
 * Re-runs outweigh the chance, and what a change is worth in the head outweighs what it was worth when it was made. A change kept for its removed lines claimed no gain, so only a re-run refutes it; and
 * where all changes together made things worse, none of them is called likely.
 */
export function labelOf({ gain, pReal, ablation, rerun, stack }: Evidence): Label {
  const direct = [ablation, rerun].find(verdict => verdict === 'better' || verdict === 'worse')
  if (direct) return direct === 'better' ? 'confirmed' : 'refuted'
  if (pReal === null || gain <= 0) return 'unproven'
  if (pReal < REFUTED_THRESHOLD) return 'refuted'
  return pReal >= LIKELY_THRESHOLD && stack !== 'worse' ? 'likely' : 'unproven'
}
