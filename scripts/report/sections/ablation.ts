/** The sections on changes that were taken out: those pruned before confirm, and each one at a time (ablation). */

import { pRealText } from '../../analysis/labels.ts'
import { delta, plusMinus } from '../../analysis/numbers.ts'
import { removedText } from '../../analysis/result/phrases.ts'
import type { Digest, Kept, Label } from '../../analysis/schema.ts'
import { metricText } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Session } from '../../record/schema.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { brief, bullets, paragraph, type Section, table } from '../nodes.ts'

type Ablated = Kept & { ablation: Confirmed }

/** Kept changes with an ablation, in the order in which they were made. */
export const ablated = ({ kept }: Digest): Ablated[] =>
  kept.filter((k): k is Ablated => k.ablation !== null).sort((a, b) => a.experiment - b.experiment)

/** Kept changes that cannot be removed from the head. */
export const notRemovable = ({ kept }: Digest): (Kept & { ablationError: string })[] =>
  kept
    .filter((k): k is Kept & { ablationError: string } => k.ablationError !== null && k.ablation === null)
    .sort((a, b) => a.experiment - b.experiment)

/** The label that an ablation alone gives a change. */
export const ablationLabel = ({ verdict }: Confirmed): Label =>
  verdict === 'better' ? 'confirmed' : verdict === 'worse' ? 'refuted' : 'unproven'

export function ablationPart(digest: Digest): Section {
  const { metric } = digest
  const rows = ablated(digest)
  const left = notRemovable(digest)
  if (rows.length === 0 && left.length === 0) return []
  return [
    ...(rows.length === 0
      ? []
      : [
          table(rows, [
            { head: 'Without', cell: k => experimentName(k.experiment) },
            { head: 'Change', cell: k => brief(k.description) },
            { head: metric.name, align: 'right', cell: k => metricText(k.ablation.baseline, [k.ablation.head]) },
            { head: 'All changes', align: 'right', cell: k => metricText(k.ablation.head, [k.ablation.baseline]) },
            { head: 'The change is worth (95%)', align: 'right', cell: k => plusMinus(k.ablation, metric) },
            { head: 'Seeds', align: 'right', cell: k => String(k.ablation.seeds) },
            { head: 'Label by this', cell: k => ablationLabel(k.ablation) },
          ]),
          paragraph(
            'Means over the seeds that both ran; the intervals leave out what a seed does to all trees alike.',
            rows.length > 1 ? `${plural(rows.length, 'interval')} of 95% each, not of 95% together.` : '',
          ),
        ]),
    ...(left.length === 0
      ? []
      : [
          bullets(
            left.map(k => `${experimentName(k.experiment)} “${brief(k.description)}” stays in: ${k.ablationError}.`),
          ),
        ]),
  ]
}

/** The kept changes that were taken out before confirm, and those that could not be. */
export function prunedPart({ final, kept, metric, bestSingleRun }: Digest, { branch }: Session): Section {
  if (final === null) return []
  const about = bestSingleRun?.baseline ?? 1
  const named = (number: number) => {
    const change = kept.find(k => k.experiment === number)
    return `${experimentName(number)}${change ? ` “${brief(change.description)}”` : ''}`
  }
  const removed = final.removed.map(({ experiment }) => {
    const change = kept.find(k => k.experiment === experiment)
    const gain = change ? `; kept for ${delta(change.gain, metric, about)}` : ''
    const now = change?.pReal != null ? `; with confirm's runs in σ it is ${pRealText(change.pReal)}` : ''
    return `${named(experiment)}: taken out ${removedText(final, experiment)}${now}${gain}.`
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
