/** The kept changes by label: large ones are listed, the others are summed up. */

import { pRealText } from '../../../scripts/analysis/labels.ts'
import { removedText } from '../../../scripts/analysis/result/phrases.ts'
import { percent } from '../../../scripts/lib/format.ts'
import { lines } from '../../../scripts/report/sections/kept.ts'
import { type KeptChange, parentOf, type View } from '../view.ts'

export interface KeptGroups {
  /** Listed one by one. */
  big: KeptChange[]
  /** Likely or confirmed, with a small share. */
  small: KeptChange[]
  unproven: KeptChange[]
  /** Measured too little to say more. */
  tooFew: KeptChange[]
  refuted: KeptChange[]
}

/** Smallest share of the summed gains of a listed change. */
const MIN_LISTED_SHARE = 0.05
const MAX_LISTED = 6

/** Before the report there are no labels: the largest changes are listed, the others count as unproven. */
export function keptGroups({ kept, digest }: Pick<View, 'kept' | 'digest'>): KeptGroups {
  const sure = kept.filter(k => k.label === 'confirmed' || k.label === 'likely')
  const judgedLater = kept.filter(k => k.label === 'too few runs')
  const promising = kept.filter(k => sure.includes(k) || judgedLater.includes(k))
  const named = digest === null ? kept : promising.filter((k, i) => i === 0 || (k.share ?? 0) >= MIN_LISTED_SHARE)
  const big = named.slice(0, MAX_LISTED)
  return {
    big,
    small: sure.filter(k => !big.includes(k)),
    unproven: kept.filter(k => (k.label === 'unproven' || k.label === null) && !big.includes(k)),
    tooFew: judgedLater.filter(k => !big.includes(k)),
    refuted: kept.filter(k => k.label === 'refuted'),
  }
}

export const gainOf = (changes: KeptChange[]): number => changes.reduce((sum, k) => sum + (k.gain ?? 0), 0)

/** The known parts, after the label, of "likely (P(real) 97%), 42% of the summed gains, 15.2 GB more memory, +1 −1 lines". */
export function keptFacts(v: View, k: KeptChange): string {
  const removed = removedText(v.digest?.final ?? null, k.number)
  const parts = [
    k.label === null || k.pReal === null ? null : `P(real) ${pRealText(k.pReal)}`,
    k.share === null ? null : `${percent(k.share)} of the summed gains`,
    memoryText(v, k),
    k.linesAdded === null ? null : `${lines(k)} lines`,
    removed === null ? null : `taken out ${removed}`,
  ]
  return parts.filter(part => part !== null).join(', ')
}

/** Peak memory against the best it was made against; null where not known or the same. */
function memoryText(v: View, { number }: KeptChange): string | null {
  const mine = v.experiments.find(e => e.number === number)
  const before = mine ? parentOf(v, mine)?.memoryMb : null
  if (mine?.memoryMb == null || before == null) return null
  const gigabytes = (mine.memoryMb - before) / 1024
  if (Math.abs(gigabytes) < 0.05) return null
  const size = Math.abs(gigabytes).toFixed(1)
  return gigabytes > 0 ? `${size} GB more memory` : `${size} GB less memory`
}
