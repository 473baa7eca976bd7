/** The first paragraph: the confirmed gain, the best single run, and the changes that made most of it. */
import { evaluationSentence } from '../../analysis/confirm/evaluationNoise.ts'
import { finalName } from '../../analysis/confirm/final.ts'
import { coverageSentence, noisePlace } from '../../analysis/confirm/seeds.ts'
import {
  briefDelta,
  briefMetric,
  deltaDigits,
  list,
  plusMinus,
  shareText,
  size,
  twoDigits,
} from '../../analysis/numbers.ts'
import {
  type BestSingleRun,
  besidesKept,
  confirmRuns,
  headAndBest,
  holdoutGapText,
  leadPhrases,
  notComparable,
  nothingKeptText,
  nothingMeasured,
  type Outcome,
  outcomeOf,
  plannedRunsText,
  whyUnconfirmed,
} from '../../analysis/outcome.ts'
import type { Digest } from '../../analysis/schema.ts'
import { measuredText, whyUnknown } from '../../analysis/unknown.ts'
import { capital, plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { brief } from '../nodes.ts'

/** Sentences of the paragraph, in order. */
export function answer(digest: Digest, experiments: Experiment[]): string[] {
  const outcome = outcomeOf(digest)
  const running =
    outcome.state === 'running' ? ['The session is not finished; this is what its records hold so far.'] : []
  const sentences = [...running, ...result(outcome, digest, experiments), ...share(digest)]
  return sentences.filter(sentence => sentence !== '')
}

function result(outcome: Outcome, digest: Digest, experiments: Experiment[]): string[] {
  switch (outcome.kind) {
    case 'empty':
      return [nothingMeasured]
    case 'no-baseline':
      return [`${notComparable(digest)} ${brief(experiments.find(e => e.number === 0)?.reason ?? '')}`.trim()]
    case 'nothing-kept':
      return [nothingKeptText(outcome, `${digest.metric.name} of ${briefMetric(outcome.baseline)}`)]
    case 'unknown':
      return keptUnknown(outcome, digest, experiments)
    case 'unconfirmed':
      return unconfirmed(outcome.bestSingleRun, digest, experiments)
    case 'confirmed':
    case 'inconclusive':
    case 'worse':
      return inRuns(outcome, digest, experiments)
  }
}

function inRuns(outcome: Tested, digest: Digest, experiments: Experiment[]): string[] {
  const { bestSingleRun, confirmed } = outcome
  const { runs, failed } = confirmRuns(experiments, digest.final)
  return [
    confirmedSentence(outcome, digest),
    ...prunedSentences(digest),
    failed > 0 ? `${failed} of the ${runs} runs of confirm failed and ${failed === 1 ? 'is' : 'are'} not in it.` : '',
    coverageSentence(digest.seeds),
    evaluationSentence(digest, true),
    looksSentence(confirmed),
    spreadSentence(confirmed, digest),
    ...holdoutSentences(digest),
    claimedSentence(bestSingleRun, confirmed, digest),
    ...headSentences(digest),
    besidesKept(digest) ?? '',
  ]
}

type KeptUnknown = Extract<Outcome, { kind: 'unknown' }>
/** Outcomes in which baseline and head were run again. */
type Tested = Extract<Outcome, { kind: 'confirmed' | 'inconclusive' | 'worse' }>

function keptUnknown(
  { baseline, tried, unknown }: KeptUnknown,
  { metric, measured }: Digest,
  experiments: Experiment[],
): string[] {
  const first = experiments.find(e => e.number === 0)
  return [
    `What was kept is not known, for ${whyUnknown(unknown)}.`,
    measured < tried ? `Of ${tried} experiments, ${measured} ${measured === 1 ? 'was' : 'were'} measured.` : '',
    first?.status === 'keep' ? '' : `${experimentName(0)} is taken to be the baseline.`,
    `${measuredText(unknown, metric, baseline, measured)}.`,
  ]
}

function unconfirmed(claimed: BestSingleRun, digest: Digest, experiments: Experiment[]): string[] {
  const { metric, final, pairs } = digest
  const [from, to] = [briefMetric(claimed.baseline, [claimed.best]), briefMetric(claimed.best, [claimed.baseline])]
  const gain = briefDelta(claimed.gain, metric, claimed.baseline)
  const why = whyUnconfirmed(experiments, final)
  const luck = pairs === null ? 'a best chosen among single runs' : 'what is kept'
  return [
    ...(claimed.gain > 0
      ? [
          `By the ledger, ${keptText(digest, claimed)} took ${metric.name} from ${from} to ${to} (${gain}).`,
          `None of it is confirmed: ${why}, and ${luck} is in part the luckiest.`,
        ]
      : [
          `By the ledger, ${keptText(digest, claimed)} took ${metric.name} from ${from} to ${to} (${gain}), which is no gain.`,
        ]),
    ...headSentences(digest),
    besidesKept(digest) ?? '',
    ...prunedSentences(digest),
  ]
}

/** "the kept change", "3 kept changes"; "the best of 3 kept changes (one of them has no value)" where it is not the head. */
function keptText({ kept, tried, final }: Digest, { experiment }: BestSingleRun): string {
  const all = tried.keep ?? kept.length
  if (all === 1) return 'the kept change'
  if (experiment === final?.experiment) return `${all} kept changes`
  const without = all - kept.length
  const note = without === 0 ? '' : ` (${without === 1 ? 'one has' : `${without} have`} no value)`
  return `the best of ${all} kept changes${note}`
}

function confirmedSentence({ kind, confirmed }: Tested, { metric, kept, final, seeds }: Digest): string {
  const { baseline, head, plannedRuns } = confirmed
  const planned = plannedRuns === 0 ? '' : ` (and ${plannedRunsText(confirmed)})`
  const on = `${runsPhrase(confirmed, seeds)}${planned}`
  const [from, to] = [briefMetric(baseline, [head]), briefMetric(head, [baseline])]
  const gain = `${plusMinus(confirmed, metric)} (95%)`
  const claim = `${leadPhrases[kind]}: ${on}`
  if (kind === 'inconclusive')
    return `${claim}, ${metric.name} went from ${from} to ${to}, ${gain}, which includes zero.`
  const left = kept.length - (final?.removed.length ?? 0)
  const which = final?.kind === 'pruned' ? ' left in' : ''
  const changes = left === 1 ? `the kept change${which} takes` : `the ${left} kept changes${which} take`
  return `${claim}, ${changes} ${metric.name} from ${from} to ${to}, ${gain}.`
}

/** What was taken out before confirm, or why nothing was although some of it is likely luck. */
function prunedSentences({ final }: Digest): string[] {
  if (final?.kind === 'pruned') {
    const them = final.removed.length === 1 ? 'that change' : 'those changes'
    return [
      `The final is ${finalName(final)}: by P(real), luck explains ${them} better than a true gain, so ${final.removed.length === 1 ? 'it was' : 'they were'} taken out before confirm.`,
    ]
  }
  return final?.why ? [`The final is the head with all of its changes: ${final.why}.`] : []
}

const headSentences = (digest: Digest): string[] => {
  const sentence = headAndBest(digest)
  return sentence === null ? [] : [sentence]
}

/** "on 2 seeds that the loop never used", "in 2 re-runs of each with the same seed". */
const runsPhrase = ({ seeds: n }: Confirmed, { use }: Digest['seeds']): string =>
  use === 'read'
    ? `on ${plural(n, 'seed')} that the loop never used`
    : `in ${plural(n, 're-run')} of each${use === 'fixed' ? ' with the same seed' : ''}`

const looksSentence = ({ looks }: Confirmed): string =>
  looks > 1 ? `The runs were compared ${looks} times as they grew, which the interval allows for.` : ''

/** A head with more noise than the baseline by a test at 5%, which changes how its interval is computed. */
function spreadSentence({ spread }: Confirmed, { metric: { name }, seeds }: Digest): string {
  if (spread === null) return ''
  const [from, to] = [twoDigits(spread.baseline), twoDigits(spread.head)]
  return `${capital(noisePlace(seeds))} the head's ${name} spreads by ${to} and the baseline's by ${from}, which equal spreads would show in one case of twenty at most; so the interval takes each from its own runs.`
}

function holdoutSentences(digest: Digest): string[] {
  const { holdout, gap, metric } = digest
  if (holdout === null)
    return [
      metric.holdout === null
        ? 'The target has no holdout: the data were those that the loop judged by.'
        : 'The holdout was not measured often enough for an interval.',
    ]
  const found = { better: '', inconclusive: ', which includes zero', worse: ': worse there' }[holdout.verdict]
  const first = `On the holdout, which the loop never saw, ${metric.holdout} changed by ${plusMinus(holdout, metric)}${found}.`
  return gap === null ? [first] : [first, `In the same runs, the gain on the holdout is ${holdoutGapText(gap)}.`]
}

function claimedSentence(
  { gain, baseline }: BestSingleRun,
  confirmed: Confirmed,
  { metric, pairs }: Pick<Digest, 'metric' | 'pairs'>,
): string {
  const single = pairs === null ? ' it compares single runs' : ''
  const claim = `The ledger's claim is ${briefDelta(gain, metric, baseline)}`
  const excess = gain - confirmed.gain
  if (Math.abs(excess) < 10 ** -deltaDigits(baseline)) return `${claim}, the same.`
  if (excess > 0)
    return `${claim}, ${size(excess, baseline)} more:${single && `${single}, and`} what is kept is chosen in part for its luck.`
  return `${claim}, ${size(excess, baseline)} less${single && `:${single}`}.`
}

/** Names the largest change and its share, with up to two more. */
function share({ kept, tried }: Digest): string[] {
  const [first, second] = kept
  if (!first) return []
  const name = `“${brief(first.description)}” (${experimentName(first.experiment)})`
  if (second === undefined) return [`${(tried.keep ?? 1) > 1 ? 'The one with a value' : 'The change'} is ${name}.`]
  if (first.share === null) return []
  const gained = kept.filter(k => k.gain > 0)
  if (gained.length === 1) return [`Only ${name} gained as it was kept.`]
  const top = gained.slice(1, gained.length > 4 ? 3 : gained.length > 2 ? 2 : 1)
  const together = [first, ...top].reduce((sum, k) => sum + (k.share ?? 0), 0)
  const more = top.length > 0 ? `, with ${list(top.map(k => experimentName(k.experiment)))} ${shareText(together)}` : ''
  return [`Of the summed gains, ${name} makes ${shareText(first.share)}${more}.`]
}
