/** The result: what is confirmed, what is claimed, and what luck would have made of it. */

import { type Outcome, outcomeOf } from '../../analysis/outcome.ts'
import type { Digest } from '../../analysis/schema.ts'
import { count, type Fact, metrics, share, word } from './fact.ts'

export function headlineFacts(digest: Digest): Fact[] {
  const { claimed, confirmed, holdout, gap, luck, metric, noise, assumed, experiments } = digest
  const tell = metrics(digest)
  const ends = claimed ? [0, claimed.experiment] : []
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
    ...tell.gain('claimed.gain', claimed?.gain ?? null, ends),
    ...tell.metric('claimed.baseline', claimed?.baseline ?? null, [0]),
    ...tell.metric('claimed.best', claimed?.best ?? null, ends.slice(1)),
    ...tell.size('claimed.excess', confirmed && claimed ? claimed.gain - confirmed.gain : null, ends),
    ...tell.size('luck.gain', luck),
    ...share(
      'luck.share',
      luck !== null && claimed && claimed.gain > 0 ? Math.min(1, luck / claimed.gain) : null,
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
  undecided: 'undecided',
  worse: 'worse',
}
const bases = {
  words: 'two runs that by their description differ in the seed alone',
  scale: 'an assumption, for no code was run twice',
}
