/** Which kept changes are taken out before confirm. Pure; `pnpm bench judge` simulates it. */
import type { Kept } from '../../analysis/schema.ts'

/**
 * A kept change with a lower P(real) is taken out. Under one half it more likely has no effect or a bad one than a good
 * one; the margin below that is for effects that do not add up: taking out a change that others were built on may cost
 * something.
 */
export const PRUNE_THRESHOLD = 0.4

/** What the selection reads of a kept change. */
export type PruneEvidence = Pick<Kept, 'experiment' | 'pReal' | 'gain' | 'linesAdded' | 'linesRemoved'>

/** The changes to take out, in the order given. A simplification stays, and so does a change whose P(real) is unknown. */
export const toPrune = <K extends PruneEvidence>(kept: K[]): (K & { pReal: number })[] =>
  kept.filter((k): k is K & { pReal: number } => !isSimplification(k) && k.pReal !== null && k.pReal < PRUNE_THRESHOLD)

/** It was kept for its lines, so P(real) says nothing on whether it belongs in. */
const isSimplification = ({ gain, linesAdded, linesRemoved }: PruneEvidence): boolean =>
  gain <= 0 || (linesRemoved ?? 0) > (linesAdded ?? 0)
