/** A sentence on why a change has its label. Pure. */
import { assumedNoiseText, countWord, nameOf } from './names.ts'
import type { Cell, Row, Side } from './schema.ts'

/** Whether a side ran the change; a replication does not where its patch does not apply. The final has no single try. */
export const hasRun = ({ tries }: Cell): boolean =>
  tries.length === 0 || tries.some(({ outcome }) => outcome !== 'did not apply')

/**
 * @param cells results of the change
 * @param own the sides of the cells, in the same order
 * @param all all sides of the comparison, for unique names
 */
export function reasonOf({ label, way }: Pick<Row, 'label' | 'way'>, cells: Cell[], own: Side[], all: Side[]): string {
  const names = own.map(side => nameOf(side, all))
  if (label === 'tried once') {
    const by = names.find((_, at) => cells[at] && hasRun(cells[at])) ?? names[0]
    return `Only ${by} tried it${cells.length > 1 ? '; where it was to be replicated it did not apply' : ''}.`
  }
  const measured = names.filter((_, at) => cells[at]?.gain !== null)
  if (measured.length < 2) return measured[0] ? `Only ${measured[0]} measured it.` : 'No session measured it.'
  const judged = cells.filter(({ gain, half }) => gain !== null && half !== null).length
  if (judged < 2) return 'Not judged: fewer than two of these sessions have a known noise.'
  if (label === 'inconclusive') return 'Neither replicated nor contradicted: more runs are needed.'
  const reason =
    label === 'contradicted'
      ? 'The sessions differ by more than their noise.'
      : way === 'worse'
        ? worseReason(judged)
        : betterReason(judged)
  const assumed = assumedNoiseText(own, all)
  return assumed === '' ? reason : `${reason} ${assumed}`
}

const betterReason = (count: number): string =>
  count === 2
    ? 'Better in both sessions, significantly in each.'
    : `Better in ${countWord(count)} sessions together, and still significant after leaving any one session out.`

const worseReason = (count: number): string =>
  `Worse in ${count === 2 ? 'both' : countWord(count)} sessions together, significant also with the selection of each head counted.`
