/** Nats and bytes of every row that a run's evaluation scored, as `runs/<NNNN>/<k>/rows-val.csv`: lines `nats,bytes`. */
import { z } from 'zod'
import { writeAtomic } from '../../lib/files/disk.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import { maxBytes } from '../limits.ts'
import type { Experiment } from '../schema.ts'
import { runKey } from '../state.ts'
import { files } from './paths.ts'

/** A row of the validation set: the loss over its targets in nats, and the bytes that they stand for. */
const rowSchema = z.tuple([z.number(), z.number().int().nonnegative()])
export type ScoredRow = z.infer<typeof rowSchema>
/** `rows` in NIGHTSHIFT_EVAL. */
export const scoredRowsSchema = z.object({ val: z.array(rowSchema).optional(), holdout: z.array(rowSchema).optional() })
export type ScoredRows = z.infer<typeof scoredRowsSchema>

/** Writes the rows of each split, unless they are too many. */
export async function writeRows(session: string, experiment: number, k: number, scored: ScoredRows): Promise<void> {
  for (const split of ['val', 'holdout'] as const) {
    const text = (scored[split] ?? []).map(row => `${row.join(',')}\n`).join('')
    if (text !== '' && text.length <= maxBytes.rows) await writeAtomic(files.rows(session, experiment, k, split), text)
  }
}

/** Rows of val of the confirm runs of these experiments, by `runKey`; runs without valid rows are left out. */
export async function readConfirmRows(session: string, experiments: Experiment[]): Promise<Map<string, ScoredRow[]>> {
  const found = new Map<string, ScoredRow[]>()
  for (const { number, runs } of experiments)
    for (const { k } of runs.filter(run => run.purpose === 'confirm' && run.metric !== null)) {
      const text = await readRegularFile(files.rows(session, number, k, 'val'), maxBytes.rows, session)
      const rows = z.array(rowSchema).safeParse(
        text
          ?.trim()
          .split('\n')
          .map(line => line.split(',').map(Number)),
      )
      if (rows.success) found.set(runKey(number, k), rows.data)
    }
  return found
}
