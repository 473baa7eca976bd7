/** The first paragraph: the result with what it rests on, and the changes that made most of it. */
import { list, shareText } from '../../analysis/numbers.ts'
import { resultDetails } from '../../analysis/result/details.ts'
import { resultParagraph, resultSentences } from '../../analysis/result/sentences.ts'
import type { Digest } from '../../analysis/schema.ts'
import { experimentName } from '../../record/files.ts'
import { brief } from '../nodes.ts'

/** Sentences of the paragraph, in order. */
export function answer(digest: Digest): string[] {
  const sentences = resultSentences(digest)
  const details = resultDetails(digest).map(({ text }) => text)
  return [resultParagraph(sentences), sentences.counts, ...details, ...share(digest)].filter(text => text !== '')
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
