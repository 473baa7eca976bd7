/** The section on prune: the kept changes that were taken out before confirm, and those that could not be. */
import { delta } from '../../analysis/numbers.ts'
import type { Digest } from '../../analysis/schema.ts'
import { percent } from '../../lib/format.ts'
import { experimentName } from '../../record/files.ts'
import type { Session } from '../../record/schema.ts'
import { brief, bullets, paragraph, type Section } from '../nodes.ts'

export function prunedPart({ final, kept, metric, bestSingleRun }: Digest, { branch }: Session): Section {
  if (final === null) return []
  const about = bestSingleRun?.baseline ?? 1
  const named = (number: number) => {
    const change = kept.find(k => k.experiment === number)
    return `${experimentName(number)}${change ? ` “${brief(change.description)}”` : ''}`
  }
  const removed = final.removed.map(({ experiment, pReal }) => {
    const change = kept.find(k => k.experiment === experiment)
    const gain = change ? `, kept for ${delta(change.gain, metric, about)}` : ''
    return `${named(experiment)}: P(real) ${percent(pReal)} then${gain}.`
  })
  const left = final.notRemoved.map(({ experiment, why }) => `${named(experiment)} stays in: ${why}.`)
  if (removed.length + left.length === 0) return []
  return [
    ...(removed.length > 0 ? [paragraph(whereText(final, branch))] : []),
    ...(final.why === null ? [] : [paragraph(`The head is the final: ${final.why}.`)]),
    bullets([...removed, ...left]),
  ]
}

function whereText({ branch: own, commit }: NonNullable<Digest['final']>, branch: string | null): string {
  const where = own === null ? `The pruned head is the commit ${commit?.slice(0, 7)}` : `The pruned head is on ${own}`
  return `${where}, one commit on top of the head. ${branch ?? 'The branch'} keeps every change.`
}
