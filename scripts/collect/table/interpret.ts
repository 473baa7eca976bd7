/** Says what each row's status means, and which values measure nothing. Pure. */
import { sanitizeText } from '../../lib/text.ts'
import type { Status } from '../../record/schema.ts'
import type { Note, Source } from '../source.ts'
import { isSpeed } from './metric/goal.ts'
import { note, noteLines } from './notes.ts'
import { baselineClaim } from './parts.ts'
import type { LedgerRow, TableRow } from './rows.ts'
import { meaningOf } from './values/verdict.ts'

/** Interprets the statuses; a baseline is a keep unless another row was kept before it. */
export function interpretStatuses(rows: TableRow[], statuses: ReadonlyMap<string, Status>): LedgerRow[] {
  let kept = false
  return rows.map((row): LedgerRow => {
    const meaning = row.status === null ? 'unknown' : meaningOf(row.status, row.statusColumn, statuses)
    const as = meaning !== 'baseline' ? meaning : kept ? 'unknown' : 'keep'
    kept ||= as === 'keep'
    return { ...row, as, baseline: baselineClaim(row, meaning === 'baseline'), metric: row.value?.value ?? null }
  })
}

/** The rows without the values of those that failed, which measure no change; notes say so. */
export function withoutFailures(
  rows: LedgerRow[],
  { name, goal }: Pick<Source['metric'], 'name' | 'goal'>,
  notes: Note[],
): LedgerRow[] {
  // Nothing that runs has the speed 0. 0.000000 with 0.0 GB means a crash; without memory, 0 may be the worst value of all.
  const isFast = isSpeed(name) && goal === 'maximize'
  const mayNotBeZero = goal === 'minimize' || rows.some(row => row.memoryMb !== null)
  const without = rows.filter(row => row.status === null).map(row => row.line)
  const failed: LedgerRow[] = []
  const zeros: number[] = []
  const cleared = rows.map((row): LedgerRow => {
    const measured = row.as === 'keep' || row.as === 'discard' || row.as === 'unknown'
    const isZero = row.metric === 0 && (isFast || (row.memoryMb === null && row.as !== 'keep' && mayNotBeZero))
    if (measured && !isZero) return row
    if (measured) zeros.push(row.line)
    else if (row.metric !== null && row.metric !== 0) failed.push(row)
    const written = measured || row.metric === null ? {} : { [name]: String(row.metric) }
    return { ...row, metric: null, memoryMb: null, cells: { ...row.cells, ...written } }
  })
  noteLines(notes, 'no-status', without, [
    'has no status: what was done with it is not known',
    'have no status: what was done with them is not known',
  ])
  noteLines(notes, 'zero-value', zeros, [
    `has the value 0, which is taken to mean that nothing was measured`,
    `have the value 0, which is taken to mean that nothing was measured`,
  ])
  if (failed.length > 0) notes.push(failedNote(failed))
  return cleared
}

/** Words that may also mean that the change ran and was rejected. */
const UNCLEAR = /fail|error|kill|abort|skip|cancel|invalid|broken/i

function failedNote(failed: LedgerRow[]): Note {
  const words = [...new Set(failed.map(({ status }) => sanitizeText(status ?? '', 40)))]
  const unclear = words.filter(word => UNCLEAR.test(word)).slice(0, 3)
  const what =
    failed.length === 1 ? '1 row failed, so its value is' : `${failed.length} rows failed, so their values are`
  const [first] = unclear
  const hint = first === undefined ? '' : ` ${hintFor(unclear, failed.length)}`
  return note('failed-value', `${what} no measurement${failed.length === 1 ? '' : 's'}.${hint}`, {
    lines: failed.map(({ line }) => line),
  })
}

const hintFor = (words: string[], rows: number): string =>
  `If ${words.map(word => `“${word}”`).join(' or ')} means that ${rows === 1 ? 'the change' : 'a change'} ran and was rejected, set --status ${words[0]}=discard.`
