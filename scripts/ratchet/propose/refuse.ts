/** Records a proposal that the guard refused. */
import { writeWhole } from '../../lib/disk.ts'
import { files } from '../../record/files.ts'
import type { Experiment } from '../../record/schema.ts'
import type { RecordContext } from '../context.ts'
import { unmeasured } from '../judge.ts'
import { record } from '../record.ts'
import type { ProposalInfo, Refusal } from './candidate.ts'

/** Called one at a time (`context.judge`). Keeps the patch where there is one. */
export async function refuse(
  context: RecordContext,
  about: ProposalInfo,
  head: Experiment,
  refusal: Refusal,
): Promise<Experiment> {
  const { why, patch, description, linesAdded, linesRemoved } = refusal
  const { stacked: _, redone: __, ...rest } = about
  if (patch) await writeWhole(files.patch(context.folder, about.number), patch)
  return record(context, {
    ...rest,
    ...unmeasured,
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
