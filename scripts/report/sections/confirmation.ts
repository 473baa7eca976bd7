/** The section on confirm: what its runs cover, the holdout, and how head, best and final differ. */
import { resultDetails } from '../../analysis/result/details.ts'
import type { Digest } from '../../analysis/schema.ts'
import { bullets, type Section } from '../nodes.ts'

/** The details of the result but the interval, which stands in the first paragraph. */
export function confirmationPart(digest: Digest): Section {
  const items = resultDetails(digest).filter(({ key }) => key !== 'interval')
  return items.length === 0 ? [] : [bullets(items.map(({ text }) => text))]
}
