/** The counts of a session, by status and in a sentence. Pure. */
import { plural } from '../../lib/text.ts'
import { type Experiment, type Status, statuses } from '../../record/schema.ts'
import { briefMetric } from '../numbers.ts'
import type { Digest } from '../schema.ts'
import { statusWords } from '../statusWords.ts'

export function countStatuses(experiments: Pick<Experiment, 'status'>[]): Record<Status, number> {
  const counts = Object.fromEntries(statuses.map(status => [status, 0])) as Record<Status, number>
  for (const { status } of experiments) counts[status]++
  return counts
}

type Counted = Pick<Digest, 'experiments' | 'tried' | 'bestSingleRun' | 'pairs' | 'confirmed'>

/**
 * "8 experiments, 4 kept, 0 crashed, best single run 2.2724."; "" for a baseline alone, which is never counted. Discards are
 * the rest.
 */
export function countsSentence({ experiments, tried, bestSingleRun, pairs, confirmed }: Counted): string {
  const all = Math.max(0, experiments - 1)
  if (all === 0) return ''
  const others = (['timeout', 'refused', 'conflict', 'aborted', 'unknown'] as const).flatMap(status => {
    const n = tried[status] ?? 0
    return n === 0 ? [] : [`${n} ${statusWords[status]}`]
  })
  // Where a status is not known, it is not known either that none was kept.
  const isKnown = (tried.unknown ?? 0) === 0 || (tried.keep ?? 0) > 0
  // In a paired session values of different times do not compare.
  const single = pairs === null && bestSingleRun !== null && bestSingleRun.gain > 0 ? bestSingleRun : null
  const beside = single === null ? [] : [single.baseline, ...(confirmed ? [confirmed.head] : [])]
  const parts = [
    plural(all, 'experiment'),
    ...(isKnown ? [`${tried.keep ?? 0} kept`] : []),
    `${tried.crash ?? 0} crashed`,
    ...others,
    ...(single === null ? [] : [`best single run ${briefMetric(single.best, beside)}`]),
  ]
  return `${parts.join(', ')}.`
}
