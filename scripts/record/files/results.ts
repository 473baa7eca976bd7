/**
 * results.tsv: exactly karpathy/autoresearch's five columns, so that its analysis notebook can read it. A crash has the
 * numbers 0.000000 and 0.0, as in autoresearch, and a collected row without a value has nan; elsewhere in Nightshift a
 * missing number is null. Other values have all their digits, since a table that is read again must give the same order:
 * six decimals as in autoresearch, or more.
 */
import { exactText } from '../../lib/format.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Experiment, Status } from '../schema.ts'

/** autoresearch has three statuses: a timeout is a crash, and experiments that never ran are absent. */
const statusOf: Partial<Record<Status, string>> = { keep: 'keep', discard: 'discard', crash: 'crash', timeout: 'crash' }

/** A collected row whose status has no known meaning has the word of its table. */
const wordOf = ({ status, row }: Experiment): string | undefined =>
  status === 'unknown' ? sanitizeText(row?.status ?? 'unknown', 80) : statusOf[status]

export const resultsHeader = (metric: string): string => `commit\t${metric}\tmemory_gb\tstatus\tdescription\n`

/** One row with its newline, or nothing for an experiment that never ran. */
export function resultsLine(experiment: Experiment): string {
  const { commit, metric, memoryMb, status, description } = experiment
  const word = wordOf(experiment)
  if (word === undefined) return ''
  const failed = status === 'crash' || status === 'timeout'
  const value = failed ? '0.000000' : metric === null ? 'nan' : exactText(metric)
  const memory = failed || memoryMb === null ? '0.0' : (memoryMb / 1024).toFixed(1)
  // `sanitizeText` removes tabs and newlines.
  return `${[commit?.slice(0, 7) ?? '', value, memory, word, sanitizeText(description)].join('\t')}\n`
}
