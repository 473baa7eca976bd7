/** The first paragraph: the confirmed gain, the best single run, and the changes that made most of it. */
import { briefDelta, briefMetric, deltaDigits, plusMinus, size } from '../../analysis/numbers.ts'
import {
  type BestSingleRun,
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
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { brief } from '../nodes.ts'
import { countSentence } from './session.ts'

/** Sentences of the paragraph, in order. */
export function answer(digest: Digest, experiments: Experiment[]): string[] {
  const outcome = outcomeOf(digest)
  const running =
    outcome.state === 'running' ? ['The session is not finished; this is what its records hold so far.'] : []
  const sentences = [...running, ...result(outcome, digest, experiments), countSentence(digest)]
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
      return inRuns(outcome, digest)
  }
}

const inRuns = (outcome: Tested, digest: Digest): string[] => [
  confirmedSentence(outcome, digest),
  holdoutSentence(digest),
  claimedSentence(outcome.bestSingleRun, outcome.confirmed, digest),
]

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

/** "on 2 seeds that the loop never used", "in 2 re-runs of each with the same seed". */
const runsPhrase = ({ seeds: n }: Confirmed, { use }: Digest['seeds']): string =>
  use === 'read'
    ? `on ${plural(n, 'seed')} that the loop never used`
    : `in ${plural(n, 're-run')} of each${use === 'fixed' ? ' with the same seed' : ''}`

function holdoutSentence({ holdout, metric }: Digest): string {
  if (holdout === null)
    return metric.holdout === null
      ? 'The target has no holdout: the data were those that the loop judged by.'
      : 'The holdout was not measured often enough for an interval.'
  const found = { better: '', inconclusive: ', which includes zero', worse: ': worse there' }[holdout.verdict]
  return `On the holdout, which the loop never saw, ${metric.holdout} changed by ${plusMinus(holdout, metric)}${found}.`
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
