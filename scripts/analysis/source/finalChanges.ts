/** The patches from the baseline to the final. Pure. */
import type { Experiment } from '../../record/schema.ts'
import type { FinalFacts } from '../confirm/final.ts'

/** Patches by number, to be applied in this order. */
export interface FinalChanges {
  numbers: number[]
  patches: Map<number, string>
}

/**
 * The patches of the kept changes; for a pruned head, final.patch alone, because a change taken out of the middle is not
 * the patches of the others. No patch is known where final.patch is missing.
 * @param experiments in the order of their verdicts
 * @param finalPatch the pruned head against the baseline
 */
export function finalChanges(
  final: FinalFacts | null,
  experiments: Experiment[],
  patches: Map<number, string>,
  finalPatch: string | null,
): FinalChanges {
  if (final?.kind !== 'pruned') return { numbers: changesIn(final, experiments), patches }
  const { experiment } = final
  return { numbers: [experiment], patches: new Map(finalPatch === null ? [] : [[experiment, finalPatch]]) }
}

/** Numbers of the changes in the final, in the order of their verdicts. */
export function changesIn(final: FinalFacts | null, experiments: Experiment[]): number[] {
  const removed = new Set(final?.removed.map(({ experiment }) => experiment))
  return experiments
    .filter(({ number, status }) => number > 0 && status === 'keep' && !removed.has(number))
    .map(({ number }) => number)
}
