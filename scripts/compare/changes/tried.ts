/** The changes that a session tried, each with its effect and interval. */
import type { Digest } from '../../analysis/schema.ts'
import { numberOf } from '../../analysis/source/literals.ts'
import type { Experiment, Noise } from '../../record/schema.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { studentQuantile } from '../../stats/distributions.ts'
import type { Moved, Tried } from '../schema.ts'
import { isSearch } from '../spent.ts'
import { describedMove, plainName, wayOf } from './describedStep.ts'
import { z95 } from './replicationVerdict.ts'

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
  const moves = movedAlone(digest)
  const kept = new Map(digest.kept.map(k => [k.experiment, k]))
  const trials = new Map(digest.trials.map(t => [t.experiment, t]))
  const records = new Map(ordered.map(e => [e.number, e]))
  const factor = noise && noise.df > 0 ? studentQuantile(0.975, noise.df) : z95
  return ordered
    .filter(e => e.number > 0)
    .map(e => {
      const trial = trials.get(e.number)
      const again = rerunOf(kept.get(e.number))
      const half = sigma === null ? null : factor * sigma * spread(e, records.get(e.parent?.number ?? -1))
      const gain = trial?.gain ?? null
      return {
        experiment: e.number,
        description: e.description,
        status: e.status,
        ...(again
          ? { gain: part(again.found.gain), half: part(halfOf(again.found)) }
          : { gain: gain === null ? null : part(gain), half: gain === null || half === null ? null : part(half) }),
        by: again?.by ?? 'session',
        change: trial?.change ?? null,
        tree: e.tree,
        knob: moves.get(e.number) ?? (trial?.change ? null : describedMove(e.description)),
      }
    })
}

/** Prefers reruns: they are free of selection bias. */
function rerunOf(kept: Digest['kept'][number] | undefined): { found: Confirmed; by: 'rerun' | 'without' } | undefined {
  if (kept?.rerun) return { found: kept.rerun, by: 'rerun' }
  return kept?.ablation ? { found: kept.ablation, by: 'without' } : undefined
}

const halfOf = ({ interval: [low, high] }: Confirmed): number => (high - low) / 2

/** Standard deviation of the difference of two means, in units of σ. Runs after the verdict are excluded. */
function spread(e: Experiment, parent: Experiment | undefined): number {
  const until = e.endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(e.endedAt)
  const runs = (of: Experiment | undefined) =>
    of?.runs.filter(r => isSearch(r) && r.metric !== null && Date.parse(r.startedAt) <= until).length || 1
  return Math.sqrt(1 / runs(e) + 1 / runs(parent))
}

/** The changed constant by experiment, for experiments that changed nothing else. */
function movedAlone({ knobs }: Digest): Map<number, Moved> {
  return new Map(
    knobs.flatMap(({ line, literalIndex, name, tries }) =>
      tries
        .filter(t => t.alone)
        .map(({ experiment, from, to }): [number, Moved] => [
          experiment,
          {
            line: `${line}\0${literalIndex}`,
            name: plainName(name),
            from,
            to,
            way: wayOf(numberOf(from), numberOf(to)),
          },
        ]),
    ),
  )
}
