/**
 * What it costs to propose in waves: with many slots the tuner proposes before it knows the results of the experiments that
 * are pending. Sessions with the same number of experiments on the simulated targets, in waves of 1, 4, 16 and 32.
 */
import { median } from 'simple-statistics'
import type { PastExperiment } from '../../scripts/agents/agent.ts'
import type { Assumed } from '../../scripts/agents/tuner/rankMoves.ts'
import { decide } from '../../scripts/ratchet/decide.ts'
import { createRandom } from '../../scripts/stats/random.ts'
import { apply, type Change, patchOf, tunerSearch } from './searches.ts'
import { type Target, targets, valuesOf } from './targets.ts'

interface Waiting {
  number: number
  changes: Change[]
  value: number | null
  past: PastExperiment
}

/** The true loss of the final source above the optimum, in σ, after a session in waves of this size. */
export function lossInWaves(target: Target, size: number, experiments: number, assume: Assumed, seed: number): number {
  const random = createRandom(seed)
  const search = tunerSearch(1, assume)
  const measure = (source: string) => {
    const loss = target.loss(valuesOf(source))
    const noise = random.normal()
    return loss === null ? null : loss + noise
  }
  let [source, best] = [target.source, measure(target.source) ?? Number.NaN]
  const past: PastExperiment[] = []
  const tried = new Set([source])
  for (let number = 1; number <= experiments; ) {
    const wave: Waiting[] = []
    for (; wave.length < size && number <= experiments; number++) {
      const changes = search(source, [...past, ...wave.map(each => each.past)], other => tried.has(other))
      if (changes === null) break
      const candidate = apply(source, changes)
      tried.add(candidate)
      const pending = { number, status: null, gain: null, patch: patchOf(source, candidate) }
      wave.push({ number, changes, value: measure(candidate), past: pending })
    }
    if (wave.length === 0) break
    const start = source
    for (const waiting of wave) {
      const candidate = apply(source, waiting.changes)
      // As the loop does: what was measured on an older head is measured again on the present one.
      const value = source === start ? waiting.value : candidate === source ? null : measure(candidate)
      const result = verdictOn(value, best, waiting.changes.length)
      past.push({ ...result, number: waiting.number, patch: patchOf(source, candidate) })
      if (result.status === 'keep' && value !== null) [source, best] = [candidate, value]
      tried.add(candidate)
    }
  }
  return target.loss(valuesOf(source)) ?? Number.NaN
}

function verdictOn(value: number | null, best: number, lines: number): Pick<PastExperiment, 'status' | 'gain'> {
  if (value === null) return { status: 'crash', gain: null }
  const policy = { lineCost: 0.1, repeat: 'never' as const }
  const changed = { linesAdded: lines, linesRemoved: lines }
  const { verdict, gain } = decide({
    goal: 'minimize',
    candidate: [value],
    head: best,
    best,
    sigma: 1,
    ...changed,
    policy,
  })
  return { status: verdict === 'keep' ? 'keep' : 'discard', gain }
}

/** @returns for each target, wave and assumption the median loss over the sessions */
export function benchWaves(
  { sessions, experiments, seed }: { sessions: number; experiments: number; seed: number },
  sizes = [1, 4, 16, 32],
  assumed: Assumed[] = ['head', 'mean', 'low'],
): { target: string; size: number; assume: Assumed; median: number; losses: number[] }[] {
  const seeds = Array.from({ length: sessions }, (_, i) => seed + i)
  return targets.flatMap(target =>
    sizes.flatMap(size =>
      assumed.map(assume => {
        const losses = seeds.map(each => lossInWaves(target, size, experiments, assume, each))
        return { target: target.name, size, assume, median: median(losses), losses }
      }),
    ),
  )
}
