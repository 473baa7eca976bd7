/** Facts on the result: the confirmed gain, the best single run, and the gain expected from selection alone. */

import { basisSentence } from '../../analysis/confirm/basis.ts'
import { coverageSentence, holdoutNote, rerunCount } from '../../analysis/confirm/seeds.ts'
import { inheritedSentences } from '../../analysis/inherited.ts'
import { intervalText } from '../../analysis/noise/sigma.ts'
import { type Outcome, outcomeOf } from '../../analysis/result/outcome.ts'
import { wordsText } from '../../analysis/result/unknown.ts'
import { sandboxSentence } from '../../analysis/sandbox.ts'
import type { Digest } from '../../analysis/schema.ts'
import { count, type Fact, metricFacts, share, textFact } from './fact.ts'

export function headlineFacts(digest: Digest): Fact[] {
  const { bestSingleRun, confirmed, holdout, gap, nullGain, metric, noise, assumed, experiments } = digest
  const make = metricFacts(digest)
  const single = bestSingleRun ? [0, bestSingleRun.experiment] : []
  const ends = bestSingleRun ? [0, digest.final?.experiment ?? 0] : []
  return [
    ...textFact('metric', metric.name),
    ...make.confirmed('headline.gain', confirmed, ends),
    ...make.metric('headline.baseline', confirmed?.baseline ?? null, [0]),
    ...make.metric('headline.head', confirmed?.head ?? null, ends.slice(1)),
    ...rerunFact(digest, ends),
    ...textFact('headline.covers', confirmed ? coverageSentence(digest.seeds) : null, ends),
    ...textFact('headline.holdout.note', confirmed ? holdoutNote(metric, holdout) : null, ends),
    ...textFact('headline.basis', digest.basis ? basisSentence(digest.basis) : null),
    ...textFact('headline.sandbox', digest.sandbox ? sandboxSentence(digest.sandbox) : null),
    ...textFact('headline.verdict', verdicts[outcomeOf(digest).kind], ends),
    ...make.confirmed('headline.holdout.gain', holdout, ends),
    ...textFact('headline.holdout.name', metric.holdout),
    ...make.gap('headline.gap', gap, ends),
    ...make.gain('bestSingle.gain', bestSingleRun?.gain ?? null, single),
    ...make.metric('bestSingle.baseline', bestSingleRun?.baseline ?? null, [0]),
    ...make.metric('bestSingle.best', bestSingleRun?.best ?? null, single.slice(1)),
    ...make.size('bestSingle.excess', confirmed && bestSingleRun ? bestSingleRun.gain - confirmed.gain : null, ends),
    ...make.size('selection.gain', nullGain?.gain ?? null),
    ...textFact('selection.interval', nullGain && intervalText(nullGain)),
    ...share(
      'selection.share',
      nullGain && bestSingleRun && bestSingleRun.gain > 0 ? Math.min(1, nullGain.gain / bestSingleRun.gain) : null,
      single,
    ),
    ...make.sigma('noise.sigma', noise),
    ...textFact('noise.interval', noise && intervalText(noise)),
    ...count('run')('noise.runs', noise?.runs ?? null),
    ...make.spread('noise.detectable', digest.detectable),
    ...make.spread('noise.assumed', assumed?.sigma ?? null, assumed?.experiments),
    ...textFact('noise.assumed.basis', assumed ? bases[assumed.basis] : null, assumed?.experiments),
    ...count('experiment')('headline.experiments', Math.max(0, experiments - 1)),
    ...inheritedFacts(digest),
    ...unknownFacts(digest),
  ]
}

/** Of a session that starts from another's final. */
function inheritedFacts({ inherited, ...digest }: Digest): Fact[] {
  const said = inheritedSentences({ inherited, ...digest })
  if (inherited === null || said === null) return []
  const make = metricFacts({ inherited, ...digest })
  return [
    ...textFact('inherited.from', said.from),
    ...textFact('inherited.gains', said.gains),
    ...textFact('inherited.there', said.there),
    ...make.confirmed('inherited.total', inherited.total, []),
    ...make.confirmed('inherited.start', inherited.start, []),
  ]
}

/** What was measured of the rows whose status has no known meaning. */
function unknownFacts(digest: Digest): Fact[] {
  const { unknown } = digest
  if (unknown === null) return []
  const { experiments, better, best } = unknown
  const make = metricFacts(digest)
  const from = best ? [best.experiment] : []
  return [
    ...textFact('unknown.words', wordsText(unknown.words), experiments),
    ...count('experiment')('unknown.measured', experiments.length, experiments),
    ...count('experiment')('unknown.better', better, experiments),
    ...make.metric('unknown.best', best?.metric ?? null, from),
    ...make.gain('unknown.best.gain', best?.gain ?? null, [0, ...from]),
  ]
}

/** "2 seeds", "2 re-runs, same seed" */
const rerunFact = ({ confirmed, seeds }: Digest, ends: number[]): Fact[] =>
  confirmed === null
    ? []
    : count()('headline.seeds', confirmed.seeds, ends).map(fact => ({
        ...fact,
        unit: seeds.use === 'read' ? 'seeds' : 'runs',
        text: rerunCount(seeds, confirmed.seeds),
      }))

const verdicts: Record<Outcome['kind'], string | null> = {
  empty: null,
  'no-baseline': null,
  'nothing-kept': 'unconfirmed',
  unknown: 'unconfirmed',
  unconfirmed: 'unconfirmed',
  confirmed: 'confirmed',
  inconclusive: 'inconclusive',
  worse: 'worse',
}
const bases = {
  descriptions: 'runs that by their descriptions differ in the seed alone',
  baseline: 'an assumption, for no code was run twice',
}
