/**
 * results.tsv: exactly karpathy/autoresearch's five columns, so that its analysis notebook can read it. A crash has the
 * numbers 0.000000 and 0.0, as in autoresearch; elsewhere in Nightshift a missing number is null. Other values have all their
 * digits, since a table that is read again must give the same order: six decimals as in autoresearch, or more.
 */
import { exactText } from '../lib/format.ts'
import { sanitizeText } from '../lib/text.ts'
import type { Experiment, Status } from './schema.ts'

/** autoresearch has three statuses: a timeout is a crash, and experiments that never ran are absent. */
const statusOf: Partial<Record<Status, string>> = { keep: 'keep', discard: 'discard', crash: 'crash', timeout: 'crash' }

export const resultsHeader = (metric: string): string => `commit\t${metric}\tmemory_gb\tstatus\tdescription\n`

/** One row with its newline, or nothing for an experiment that never ran. */
export function resultsLine({ commit, metric, memoryMb, status, description }: Experiment): string {
  const word = statusOf[status]
  if (word === undefined) return ''
  const failed = word === 'crash'
  const value = failed || metric === null ? '0.000000' : exactText(metric)
  const memory = failed || memoryMb === null ? '0.0' : (memoryMb / 1024).toFixed(1)
  // `sanitizeText` removes tabs and newlines.
  return `${[commit?.slice(0, 7) ?? '', value, memory, word, sanitizeText(description)].join('\t')}\n`
}
