/** The effect of each change with what its uncertainty depends on, from runs that nobody selected where there are some. Pure. */
import { change } from '../../lib/format.ts'
import type { Experiment, Metric, Run } from '../../record/schema.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import type { Effect } from '../../stats/evidence.ts'
import { gainsOf } from '../gains.ts'
import type { Sigma } from './knobShape.ts'
import { runsAtVerdict } from './runsAtVerdict.ts'

/**
 * Effects by experiment number; null without a gain.
 *
 * @param experiments in the order of their verdicts
 */
export function effectsOf(
  experiments: Experiment[],
  goal: Metric['goal'],
  { sigma, df }: Sigma,
): Map<number, Effect | null> {
  const byNumber = new Map(experiments.map(e => [e.number, e]))
  const gains = gainsOf(experiments, goal)
  let measured = 0
  return new Map(
    experiments.map(e => {
      const before = measured
      if (e.metric !== null) measured++
      const gain = gains.get(e.number) ?? null
      if (e.number === 0 || gain === null || e.metric === null) return [e.number, null]
      if (e.decision?.pairs) return [e.number, effectOfPairs(e, { gain, sigma, df }, e.decision.pairs.count)]
      const parent = byNumber.get(e.parent?.number ?? -1)
      const own = e.status === 'keep' ? later(e) : []
      const theirs = parent ? later(parent) : []
      const [atVerdict, headAtVerdict] = [runsAtVerdict(e, e), parent ? runsAtVerdict(parent, e) : []]
      const runs = own.length > 0 ? own : atVerdict
      const headRuns = theirs.length > 0 ? theirs : headAtVerdict
      const isAsJudged = own.length === 0 && theirs.length === 0
      const value = runs.length > 0 ? meanOf(runs) : e.metric
      const head = headRuns.length > 0 ? meanOf(headRuns) : (parent?.metric ?? null)
      return [
        e.number,
        {
          gain: isAsJudged || head === null ? gain : change(value - head, goal) + 0,
          sigma,
          df,
          runs: runs.length || 1,
          headRuns: headRuns.length || 1,
          among: theirs.length > 0 ? 1 : Math.max(1, before),
          kept: e.status === 'keep' && own.length === 0,
        },
      ]
    }),
  )
}

/** In pairs the head is run anew beside each candidate, so that it brings no luck of its own; runs of other times do not compare. */
const effectOfPairs = (
  { status }: Experiment,
  measured: Pick<Effect, 'gain' | 'sigma' | 'df'>,
  count: number,
): Effect => ({
  ...measured,
  runs: count,
  headRuns: count,
  among: 1,
  kept: status === 'keep',
})

/** The 97.5% quantile of the standard normal distribution. */
export const Z95 = 1.96

/** Degrees of freedom of an effect whose uncertainty is known already. */
export const KNOWN_DF = 1e6

/** Of runs that chose nothing. Their interval allows for what is known of the noise, so it counts as that of a known σ. */
export const effectOfRerun = ({ gain, interval: [low, high] }: Pick<Confirmed, 'gain' | 'interval'>): Effect => ({
  gain,
  // The difference of two runs has a standard deviation of σ√2.
  sigma: (high - low) / 2 / Z95 / Math.SQRT2,
  df: KNOWN_DF,
  runs: 1,
  headRuns: 1,
  among: 1,
  kept: false,
})

/** The runs of a head that it was not kept for: of the baseline all but the first, of others those after the verdict. */
function later(experiment: Experiment): Run[] {
  const verdict = new Set(runsAtVerdict(experiment, experiment))
  return experiment.runs.filter(
    run =>
      run.metric !== null &&
      run.purpose !== 'ablate' &&
      run.purpose !== 'baseline' &&
      run.purpose !== 'candidate' &&
      run.commit === experiment.commit &&
      !verdict.has(run),
  )
}

const meanOf = (runs: Run[]): number => runs.reduce((sum, run) => sum + (run.metric ?? 0), 0) / runs.length
