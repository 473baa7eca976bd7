/** The first paragraph: the result in the words that every place uses, its interval, and the counts. */
import { inheritedSentences } from '../../analysis/inherited.ts'
import { resultDetails } from '../../analysis/result/details.ts'
import { outcomeOf } from '../../analysis/result/outcome.ts'
import { resultParagraph, resultSentences } from '../../analysis/result/sentences.ts'
import type { Digest } from '../../analysis/schema.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { brief } from '../nodes.ts'

/** Sentences of the paragraph, in order. */
export function answer(digest: Digest, experiments: Experiment[]): string[] {
  const sentences = resultSentences(digest)
  const interval = resultDetails(digest).find(({ key }) => key === 'interval')?.text ?? ''
  const inherited = inheritedSentences(digest)
  return [
    resultParagraph(sentences),
    baselineSentence(digest, experiments),
    interval,
    ...(inherited === null ? [] : [inherited.from, inherited.gains]),
    sentences.counts,
  ].filter(text => text !== '')
}

/** Why the baseline has no value, or that a row is taken to be it; "" where neither is the case. */
function baselineSentence(digest: Digest, experiments: Experiment[]): string {
  const baseline = experiments.find(e => e.number === 0)
  const { kind } = outcomeOf(digest)
  if (kind === 'no-baseline') return brief(baseline?.reason ?? '')
  return kind === 'unknown' && baseline?.status !== 'keep' ? `${experimentName(0)} is taken to be the baseline.` : ''
}
