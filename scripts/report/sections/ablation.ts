/** The section on kept changes that were taken out again, one at a time, and what the head scores without each. */

import { plusMinus } from '../../analysis/numbers.ts'
import type { Digest, Kept, Label } from '../../analysis/schema.ts'
import { metricText } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { brief, bullets, paragraph, type Section, table } from '../nodes.ts'

type Ablated = Kept & { ablation: Confirmed }

/** Kept changes that the head was run without, in the order in which they were made. */
export const ablated = ({ kept }: Digest): Ablated[] =>
  kept.filter((k): k is Ablated => k.ablation !== null).sort((a, b) => a.experiment - b.experiment)

/** Those that do not come out of the head. */
export const stuck = ({ kept }: Digest): (Kept & { ablationError: string })[] =>
  kept
    .filter((k): k is Kept & { ablationError: string } => k.ablationError !== null && k.ablation === null)
    .sort((a, b) => a.experiment - b.experiment)

/** What an ablation says of a change by itself. */
export const wordOfAblation = ({ verdict }: Confirmed): Label =>
  verdict === 'better' ? 'confirmed' : verdict === 'worse' ? 'refuted' : 'unproven'

export function ablationPart(digest: Digest): Section {
  const { metric } = digest
  const rows = ablated(digest)
  const left = stuck(digest)
  if (rows.length === 0 && left.length === 0) return []
  return [
    ...(rows.length === 0
      ? []
      : [
          table(rows, [
            { head: 'Without', cell: k => experimentName(k.experiment) },
            { head: 'Change', cell: k => brief(k.description) },
            { head: metric.name, align: 'right', cell: k => metricText(k.ablation.baseline) },
            { head: 'All changes', align: 'right', cell: k => metricText(k.ablation.head) },
            { head: 'The change is worth (95%)', align: 'right', cell: k => plusMinus(k.ablation, metric) },
            { head: 'Seeds', align: 'right', cell: k => String(k.ablation.seeds) },
            { head: 'By this', cell: k => wordOfAblation(k.ablation) },
          ]),
          paragraph(
            'Means over the seeds that both ran.',
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
