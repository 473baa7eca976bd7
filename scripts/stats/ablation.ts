/** Ablations as one table: the head, and the head without each of some changes, on the same seeds. */
import { mean } from 'simple-statistics'
import { change } from '../lib/format.ts'
import type { Confirmed, SessionNoise } from './confirm.ts'
import { studentQuantile, varianceRatioCdf } from './distributions.ts'
import { poolVariances, roundingVariance, type Variance } from './noise.ts'
import { levelOfLook } from './sequential.ts'

/** Metric by seed of one tree. */
export type SeedRow = ReadonlyMap<number, number>

/** σ counts unless an F test says, at this one-sided level, that the noise within a seed is smaller. */
const SHARED_SEED_LEVEL = 0.2

/**
 * What each change is worth: the head against the head without it, on the seeds that both ran. A seed may move all trees
 * alike, so the noise is what remains of the table when the effects of trees and seeds are removed (two-way analysis of
 * variance), pooled over all trees. The session's σ contains the effect of the seed. It is pooled in where it does not
 * exceed that noise clearly.
 *
 * @param without one row for each ablation, in any order
 * @param looks for each ablation, the number of pairs at earlier looks
 * @param noise null where the head's noise differs from the session's
 * @returns for each ablation, in the same order; null where no seed is shared, or nothing bounds the noise. The
 * intervals hold each for itself, not together. `baseline` is the mean without the change.
 */
export function ablationsInTable(
  head: SeedRow,
  without: SeedRow[],
  looks: number[][],
  goal: 'minimize' | 'maximize',
  noise: SessionNoise | null,
): (Confirmed | null)[] {
  const { variance, df } = noiseOfTable([head, ...without], noise)
  return without.map((row, i) => {
    const seeds = [...row.keys()].filter(seed => head.has(seed))
    const pairs = seeds.length
    if (pairs === 0 || df === 0) return null
    const [baseline, all] = [row, head].map(tree => mean(seeds.map(seed => tree.get(seed) as number))) as [
      number,
      number,
    ]
    const counted = [...(looks[i] ?? []).filter(look => look < pairs), pairs]
    const half = studentQuantile(1 - levelOfLook(counted) / 2, df) * Math.sqrt((2 * variance) / pairs)
    const gain = change(all - baseline, goal) + 0
    return {
      gain,
      interval: [gain - half, gain + half],
      baseline,
      head: all,
      seeds: pairs,
      plannedRuns: 0,
      looks: counted.length,
      spread: null,
      verdict: gain - half > 0 ? 'better' : gain + half < 0 ? 'worse' : 'inconclusive',
    }
  })
}

function noiseOfTable(rows: SeedRow[], noise: SessionNoise | null): Variance {
  const floor = roundingVariance(rows.map(row => [...row.values()]))
  const within = residualVariance(rows)
  const residual = { ...within, variance: Math.max(within.variance, floor) }
  if (noise === null) return residual
  const session = { variance: Math.max(noise.sigma ** 2, floor), df: noise.df }
  if (residual.df === 0) return session
  const ratio = session.variance === residual.variance ? 1 : session.variance / residual.variance
  const isLarger = varianceRatioCdf(ratio, session.df, residual.df) > 1 - SHARED_SEED_LEVEL
  return isLarger ? residual : poolVariances([residual, session])
}

/** Variance of what tree and seed leave unexplained. The first row shares a seed with each other row that counts. */
function residualVariance([head = new Map(), ...others]: SeedRow[]): Variance {
  const common = others.map(row => [...row].filter(([seed]) => head.has(seed))).filter(row => row.length > 0)
  const used = new Set(common.flatMap(row => row.map(([seed]) => seed)))
  const cells = [[...head].filter(([seed]) => used.has(seed)), ...common].flatMap((row, tree) =>
    row.map(([seed, value]) => ({ tree, seed, left: value })),
  )
  // Least squares by removing the means of trees and seeds in turn, which also serves where a run failed.
  for (let round = 0; round < 100; round++) {
    const moved = Math.max(removeMeans(cells, 'tree'), removeMeans(cells, 'seed'))
    if (moved < 1e-12 * Math.max(...[...head.values()].map(Math.abs))) break
  }
  const df = Math.max(0, cells.length - (common.length + 1) - used.size + 1)
  return { variance: df === 0 ? 0 : cells.reduce((sum, { left }) => sum + left ** 2, 0) / df, df }
}

interface Cell {
  tree: number
  seed: number
  left: number
}

/** @returns the largest mean that was removed */
function removeMeans(cells: Cell[], by: 'tree' | 'seed'): number {
  const groups = Map.groupBy(cells, cell => cell[by])
  let largest = 0
  for (const group of groups.values()) {
    const center = mean(group.map(({ left }) => left))
    for (const cell of group) cell.left -= center
    largest = Math.max(largest, Math.abs(center))
  }
  return largest
}
