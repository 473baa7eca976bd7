/** The changes that a session tried, each with its effect and interval. */
import { changesByNumber, type ReplicatedChange } from '../../analysis/replication/facts.ts'
import type { Digest } from '../../analysis/schema.ts'
import { effectOfRerun, effectsOf, KNOWN_DF } from '../../analysis/search/effects.ts'
import { changesOf } from '../../analysis/search/sameChange.ts'
import type { Experiment, Noise } from '../../record/schema.ts'
import { boundsOf, type Effect } from '../../stats/evidence.ts'
import type { Tried } from '../schema.ts'

/**
 * @param part converts a gain in units of the metric to a fraction of the baseline
 * @param noise measured noise; null if `sigma` is assumed, which is then treated as known
 */
export function triedBy(
  digest: Digest,
  ordered: Experiment[],
  part: (gain: number) => number,
  noise: Noise | null,
  sigma: number | null,
): Tried[] {
  const { goal } = digest.metric
  const changes = new Map(changesOf(digest).tried.map(change => [change.experiment, change]))
  const kept = new Map(digest.kept.map(k => [k.experiment, k]))
  const replications = changesByNumber(digest.replicationOf)
  const trials = new Map(digest.trials.map(t => [t.experiment, t]))
  const known = noise ?? (sigma === null ? null : { sigma, df: KNOWN_DF })
  const effects = known === null ? null : effectsOf(ordered, goal, known)
  return ordered
    .filter(e => e.number > 0)
    .map(e => {
      const trial = trials.get(e.number)
      const replicated = replications.get(e.number)
      const again = replicated ? foundIn(replicated) : rerunOf(kept.get(e.number))
      const measured = again ? again.effect : (effects?.get(e.number) ?? null)
      const effect = measured && { ...measured, gain: part(measured.gain), sigma: part(measured.sigma) }
      const gain = trial?.gain ?? null
      const change = changes.get(e.number)
      return {
        experiment: e.number,
        description: e.description,
        status: e.status,
        gain: effect?.gain ?? (gain === null ? null : part(gain)),
        half: effect && halfOf(effect),
        effect,
        by: again?.by ?? 'session',
        change: change?.change ?? null,
        tree: e.tree,
        knob: change?.knob ?? null,
        replicates: change?.replicates ?? null,
        outcome: replicated?.outcome ?? null,
      }
    })
}

/** Prefers reruns: they are free of selection bias. */
function rerunOf(kept: Digest['kept'][number] | undefined): { effect: Effect; by: 'rerun' | 'without' } | undefined {
  if (kept?.rerun) return { effect: effectOfRerun(kept.rerun), by: 'rerun' }
  return kept?.ablation ? { effect: effectOfRerun(kept.ablation), by: 'without' } : undefined
}

/** A replication's runs chose nothing. */
const foundIn = ({ found }: ReplicatedChange): ReturnType<typeof rerunOf> =>
  found ? { effect: effectOfRerun(found), by: 'rerun' } : undefined

/** Half the width of the 95% interval; where it reaches further to one side, that side's. */
export function halfOf(effect: Effect): number {
  const [low, high] = boundsOf(effect, 0.025)
  return Math.max(effect.gain - low, high - effect.gain)
}
