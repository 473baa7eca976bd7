/** Records a proposal that the guard refused. */

import { writePatch } from '../../record/files/patches.ts'
import type { Experiment } from '../../record/schema.ts'
import type { RecordContext } from '../context.ts'
import { noMeasurement } from '../evaluate.ts'
import { recordVerdict } from '../recordVerdict.ts'
import type { ProposalInfo, Refusal } from './candidate.ts'

/** Called one at a time (`context.judge`). Keeps the patch where there is one. */
export async function refuse(
  context: RecordContext,
  about: ProposalInfo,
  head: Experiment,
  refusal: Refusal,
): Promise<Experiment> {
  const { why, patch, description, linesAdded, linesRemoved } = refusal
  const { revision: _, reworked: __, ...rest } = about
  if (patch) await writePatch(context.folder, about.number, patch)
  return recordVerdict(context, {
    ...rest,
    ...noMeasurement,
    description,
    linesAdded,
    linesRemoved,
    commit: null,
    tree: null,
    parent: { number: head.number, commit: head.commit ?? '' },
    status: 'refused',
    reason: `Refused: ${why}.`,
  })
}
