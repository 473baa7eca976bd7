/** What an ablation finds, where a seed moves all trees alike and where it does not. */
import { ablationsInTable, type SeedRow } from '../../scripts/stats/ablation.ts'
import { confirmGain } from '../../scripts/stats/confirm.ts'
import { pooledVariance } from '../../scripts/stats/noise.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type Check, type Requirement, shareOf } from './requirement.ts'

const topic = 'ablation'
const seeds = 3

export const ablationCheck: Check = (scale, random) => {
  const cases = Math.ceil(2500 * scale)
  return [1, 3].flatMap(changes => [0, 0.5, 0.8].flatMap(correlation => ofTable(changes, correlation, cases, random)))
}

/** A change of 2σ and one without effect, each among `changes` that were removed one at a time, on three seeds. */
function ofTable(changes: number, correlation: number, cases: number, random: Random): Requirement[] {
  const found = { real: 0, unpaired: 0, null: 0 }
  for (let i = 0; i < cases; i++) {
    const loop = Array.from({ length: 3 }, () => random.normal())
    const noise = { sigma: Math.sqrt(pooledVariance([loop]).variance), df: 2 }
    const shared = Array.from({ length: seeds }, () => Math.sqrt(correlation) * random.normal())
    const row = (loss: number): SeedRow =>
      new Map(shared.map((seed, k) => [k, loss + seed + Math.sqrt(1 - correlation) * random.normal()]))
    const [head, others] = [row(0), Array.from({ length: changes - 1 }, () => row(1))]
    const verdictOf = (without: SeedRow) =>
      ablationsInTable(head, [without, ...others], [], 'minimize', noise)[0]?.verdict
    const real = row(2)
    if (verdictOf(real) === 'better') found.real++
    if (verdictOf(row(0)) !== 'inconclusive') found.null++
    const runs = { baseline: [...real.values()], head: [...head.values()] }
    if (confirmGain(runs, 'minimize', noise).verdict === 'better') found.unpaired++
  }
  const about = `${changes === 1 ? '1 change' : `${changes} changes`} on ${seeds} seeds, correlation of seeds ${correlation}`
  return [
    shareOf(
      { topic, measured: `no effect: called better or worse, ${about}`, asked: { at: 'most', limit: 0.05 } },
      found.null,
      cases,
    ),
    shareOf({ topic, measured: `2σ: called better, ${about}`, asked: null }, found.real, cases),
    shareOf(
      { topic, measured: `2σ: called better if seeds were not paired, ${about}`, asked: null },
      found.unpaired,
      cases,
    ),
  ]
}
