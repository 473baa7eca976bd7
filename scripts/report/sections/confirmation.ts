/** The section on confirm: what its runs cover, what is in the interval, and how head, best and final differ. */
import { evaluationSentence } from '../../analysis/confirm/evaluationNoise.ts'
import { finalName } from '../../analysis/confirm/final.ts'
import { coverageSentence, noisePlace } from '../../analysis/confirm/seeds.ts'
import { twoDigits } from '../../analysis/numbers.ts'
import { besidesKept, confirmRuns, headAndBest, holdoutGapText } from '../../analysis/outcome.ts'
import type { Digest } from '../../analysis/schema.ts'
import { capital } from '../../lib/text.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { bullets, type Section } from '../nodes.ts'

export function confirmationPart(digest: Digest, experiments: Experiment[]): Section {
  const { confirmed, final, gap, seeds } = digest
  const items = [
    ...(confirmed === null
      ? []
      : [
          failedSentence(digest, experiments),
          coverageSentence(seeds),
          evaluationSentence(digest, true),
          looksSentence(confirmed),
          spreadSentence(confirmed, digest),
          gap === null ? '' : `In the same runs, the gain on the holdout is ${holdoutGapText(gap)}.`,
        ]),
    headAndBest(digest) ?? '',
    besidesKept(digest) ?? '',
    prunedSentence(final),
  ].filter(item => item !== '')
  return items.length === 0 ? [] : [bullets(items)]
}

function failedSentence({ final }: Digest, experiments: Experiment[]): string {
  const { runs, failed } = confirmRuns(experiments, final)
  return failed > 0
    ? `${failed} of the ${runs} runs of confirm failed and ${failed === 1 ? 'is' : 'are'} not in it.`
    : ''
}

const looksSentence = ({ looks }: Confirmed): string =>
  looks > 1 ? `The runs were compared ${looks} times as they grew, which the interval allows for.` : ''

/** A head with more noise than the baseline by a test at 5%, which changes how its interval is computed. */
function spreadSentence({ spread }: Confirmed, { metric: { name }, seeds }: Digest): string {
  if (spread === null) return ''
  const [from, to] = [twoDigits(spread.baseline), twoDigits(spread.head)]
  return `${capital(noisePlace(seeds))} the head's ${name} spreads by ${to} and the baseline's by ${from}, which equal spreads would show in one case of twenty at most; so the interval takes each from its own runs.`
}

/** What was taken out before confirm, or why nothing was although some of it is likely luck. */
function prunedSentence(final: Digest['final']): string {
  if (final?.kind === 'pruned') {
    const [them, were] = final.removed.length === 1 ? ['that change', 'it was'] : ['those changes', 'they were']
    return `The final is ${finalName(final)}: by P(real), luck explains ${them} better than a true gain, so ${were} taken out before confirm.`
  }
  return final?.why ? `The final is the head with all of its changes: ${final.why}.` : ''
}
