/** What a reader of a result may ask next, in sentences: the intervals, what the runs cover, what was taken out. Pure. */
import { capital } from '../../lib/text.ts'
import { secondsText } from '../../record/overBudget.ts'
import { evaluationSentence } from '../confirm/evaluationNoise.ts'
import { finalName } from '../confirm/final.ts'
import { isUneven, measuredRuns } from '../confirm/runs.ts'
import { coverageSentence, noisePlace, rerunsEach } from '../confirm/seeds.ts'
import { pRealText } from '../labels.ts'
import { briefDelta, deltaDigits, list, plusMinus, size } from '../numbers.ts'
import { replicationDetails } from '../replication/words.ts'
import type { Digest } from '../schema.ts'
import { besidesKept, headAndBest, holdoutGapText, plannedRunsText } from './phrases.ts'
import { selectionSentence } from './sentences.ts'

export interface Detail {
  /** A keyword for lists and the terminal. */
  key:
    | 'interval'
    | 'time'
    | 'holdout'
    | 'final'
    | 'seeds'
    | 'rows'
    | 'spread'
    | 'single'
    | 'head'
    | 'unknown'
    | 'change'
  /** A sentence or two. */
  text: string
}

/** In the order in which a sceptical reader asks; those that apply. */
export function resultDetails(digest: Digest): Detail[] {
  const { replicationOf, metric, seeds } = digest
  if (replicationOf !== null) return replicationDetails(replicationOf, metric, seeds)
  const all: Detail[] = [
    { key: 'interval', text: intervalSentence(digest) },
    { key: 'time', text: timeSentence(digest) },
    { key: 'holdout', text: holdoutSentences(digest) },
    { key: 'final', text: prunedSentence(digest) },
    { key: 'seeds', text: digest.confirmed ? coverageSentence(digest.seeds) : '' },
    { key: 'rows', text: evaluationSentence(digest, true) },
    { key: 'spread', text: spreadSentence(digest) },
    { key: 'single', text: singleRunSentence(digest) },
    { key: 'head', text: headAndBest(digest) ?? '' },
    { key: 'unknown', text: besidesKept(digest) ?? '' },
  ]
  return all.filter(({ text }) => text !== '')
}

/** "The change is −0.2748 ± 0.8399 val_bpb (95% interval), which includes zero: …"; "" where baseline and final were not run again. */
export function intervalSentence({ confirmed, confirmRuns, metric, final, seeds }: Digest): string {
  if (confirmed === null) return ''
  const zero = confirmed.verdict === 'inconclusive' ? ', which includes zero' : ''
  const planned = confirmed.plannedRuns === 0 ? '' : `, and ${plannedRunsText(confirmed)}`
  const looks =
    confirmed.looks > 1
      ? ` They were compared ${confirmed.looks} times as they grew, which the interval allows for.`
      : ''
  const reruns = isUneven(confirmRuns, confirmed.seeds)
    ? `${measuredRuns(confirmRuns)} runs with a value in all`
    : rerunsEach(seeds, confirmed.seeds)
  return `The change is ${plusMinus(confirmed, metric)} ${metric.name} (95% interval)${zero}: baseline and ${finalName(final)} were run again, ${reruns}${planned}.${looks}`
}

/** Wall time of both sides, which a longer training shows in. */
function timeSentence({ confirmRuns: { seconds }, final }: Digest): string {
  if (seconds === null) return ''
  return `On average a run of the baseline took ${secondsText(seconds.baseline)}, one of ${finalName(final)} ${secondsText(seconds.final)}.`
}

function holdoutSentences({ holdout, gap, metric }: Digest): string {
  if (holdout === null) return ''
  const zero = holdout.verdict === 'inconclusive' ? ', which includes zero' : ''
  const first = `On the holdout, which no verdict used, the change is ${plusMinus(holdout, metric)} ${metric.holdout}${zero}.`
  return gap === null ? first : `${first} In the same runs, the gain on the holdout is ${holdoutGapText(gap)}.`
}

/** What was taken out before confirm, or why nothing was although P(real) asked for it. */
export function prunedSentence({ final }: Pick<Digest, 'final'>): string {
  if (final?.kind === 'pruned') {
    const odds = final.removed.toReversed().map(({ pReal }) => pRealText(pReal))
    return `The final is ${finalName(final)}: by the runs before confirm, the P(real) of ${final.removed.length === 1 ? 'this change was only' : 'these changes was only'} ${list(odds)}.`
  }
  return final?.why ? `The final is the head with all of its changes: ${final.why}.` : ''
}

/** A head with more noise than the baseline, which changes how its interval is computed. */
function spreadSentence({ confirmed, metric: { name }, seeds }: Digest): string {
  if (!confirmed?.spread) return ''
  return `${capital(noisePlace(seeds))} the head's ${name} varies more than the baseline's by a test at 5%; so the interval takes each from its own runs.`
}

/** How the best single run compares with the confirmed change; "" where they agree. */
function singleRunSentence(digest: Digest): string {
  const { bestSingleRun, confirmed, metric, pairs } = digest
  if (bestSingleRun === null || confirmed === null) return ''
  const { gain, baseline } = bestSingleRun
  const excess = gain - confirmed.gain
  if (excess < 10 ** -deltaDigits(baseline)) return ''
  const what = pairs === null ? 'single runs' : 'the pairs of the loop'
  return `In ${what} the change was ${briefDelta(gain, metric, baseline)}, larger by ${size(excess, baseline)}. ${selectionSentence(digest)}`
}
