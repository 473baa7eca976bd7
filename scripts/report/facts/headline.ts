/** The result: what is confirmed, what is claimed, and what luck would have made of it. */

import { type Outcome, outcomeOf } from '../../analysis/outcome.ts'
import type { Digest } from '../../analysis/schema.ts'
import { count, type Fact, metrics, share, word } from './fact.ts'

export function headlineFacts(digest: Digest): Fact[] {
  const { bestSingleRun, confirmed, holdout, gap, nullGain, metric, noise, assumed, experiments } = digest
  const tell = metrics(digest)
  const ends = bestSingleRun ? [0, bestSingleRun.experiment] : []
  return [
    ...word('metric', metric.name),
    ...tell.confirmed('headline.gain', confirmed, ends),
    ...tell.metric('headline.baseline', confirmed?.baseline ?? null, [0]),
    ...tell.metric('headline.tip', confirmed?.head ?? null, ends.slice(1)),
    ...count('seed')('headline.seeds', confirmed?.seeds ?? null, ends),
    ...word('headline.verdict', verdicts[outcomeOf(digest).kind], ends),
    ...tell.confirmed('headline.holdout.gain', holdout, ends),
    ...word('headline.holdout.name', metric.holdout),
    ...tell.gain('headline.gap', gap, ends),
    ...tell.gain('claimed.gain', bestSingleRun?.gain ?? null, ends),
    ...tell.metric('claimed.baseline', bestSingleRun?.baseline ?? null, [0]),
    ...tell.metric('claimed.best', bestSingleRun?.best ?? null, ends.slice(1)),
    ...tell.size('claimed.excess', confirmed && bestSingleRun ? bestSingleRun.gain - confirmed.gain : null, ends),
    ...tell.size('luck.gain', nullGain),
    ...share(
      'luck.share',
      nullGain !== null && bestSingleRun && bestSingleRun.gain > 0 ? Math.min(1, nullGain / bestSingleRun.gain) : null,
      ends,
    ),
    ...tell.spread('noise.sigma', noise?.sigma ?? null),
    ...word('noise.interval', noise?.interval ? noise.interval.map(v => v.toPrecision(2)).join(' to ') : null),
    ...count('run')('noise.runs', noise?.runs ?? null),
    ...tell.spread('noise.detectable', digest.detectable),
    ...tell.spread('noise.assumed', assumed?.sigma ?? null, assumed?.experiments),
    ...word('noise.assumed.basis', assumed ? bases[assumed.basis] : null, assumed?.experiments),
    ...count('experiment')('headline.experiments', experiments),
  ]
}

const verdicts: Record<Outcome['kind'], string | null> = {
  empty: null,
  'no-baseline': null,
  'nothing-kept': 'unconfirmed',
  unconfirmed: 'unconfirmed',
  confirmed: 'confirmed',
  inconclusive: 'inconclusive',
  worse: 'worse',
}
const bases = {
  descriptions: 'two runs that by their description differ in the seed alone',
  baseline: 'an assumption, for no code was run twice',
}
