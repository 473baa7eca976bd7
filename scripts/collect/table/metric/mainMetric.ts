/** Chooses the metric of a table whose sections may have different ones. Pure. */
import { Failure } from '../../../lib/errors.ts'
import { sanitizeText } from '../../../lib/text.ts'
import type { ChosenColumns, Column } from '../columns.ts'
import { normalizedName, type Section } from '../split/lines.ts'
import { readNumber } from '../values/number.ts'
import { meaningOf } from '../values/verdict.ts'

export interface MainMetric {
  /** null if the table has no header. */
  column: string | null
  name: string
}

/** The metric column that most lines have. @throws {Failure} without one */
export function mainMetric(
  sections: Section[],
  assigned: Column[][],
  { metric, columns, declared }: ChosenColumns,
  where: string,
): MainMetric {
  const counts = new Map<string, { name: string; named: boolean; lines: number; decided: number }>()
  for (const [i, section] of sections.entries()) {
    const column = assigned[i]?.find(candidate => candidate.as === 'metric')
    if (!column) continue
    const named = section.header !== null
    const key = normalizedName(column.name)
    const before = counts.get(key)
    counts.set(key, {
      name: column.name,
      named,
      lines: (before?.lines ?? 0) + section.lines.length,
      decided: (before?.decided ?? 0) + decidedIn(section, assigned[i] ?? []),
    })
  }
  // A table in which rows were kept or discarded is one of experiments; one of test cases may be longer.
  const [most] = [...counts.values()].sort((a, b) => b.decided - a.decided || b.lines - a.lines)
  const wanted = metric === null ? undefined : counts.get(normalizedName(metric))
  const first = wanted ?? most
  const names = [...new Set(assigned.flat().map(column => column.name))].slice(0, 30)
  const advice =
    names.length > 0
      ? `Name its column: --metric NAME, of ${names.join(', ')}.`
      : 'Give a table with one line per experiment.'
  if (!first && !hasNumbers(sections))
    throw new Failure(
      `${where}: no column holds numbers, so no column can be the metric.`,
      'Give a table with a value per experiment, e.g. a column val_bpb or score.',
    )
  if (!first) throw new Failure(`${where}: no column was recognised as the metric.`, advice)
  // --metric may name a column without a header, or rename the one set by --column metric=.
  if (metric !== null && !wanted && first.named && columns.metric === undefined)
    throw new Failure(`--metric ${sanitizeText(metric)}: the table has no such column.`, advice)
  // A column that is only called "metric" may have its name from a comment.
  const own =
    first.named && !/^(?:metric|value|score|metric_value)$/.test(normalizedName(first.name)) ? first.name : null
  const name =
    metric === null
      ? sanitizeText(own ?? declared?.metric ?? (first.named ? first.name : 'metric'), 60)
      : sanitizeText(metric, 60)
  return { column: first.named ? normalizedName(first.name) : null, name }
}

/** Rows of a known status. */
function decidedIn({ lines }: Section, columns: Column[]): number {
  const status = columns.find(({ as }) => as === 'status')
  if (!status) return 0
  const name = normalizedName(status.name)
  return lines.filter(({ cells }) => meaningOf(cells[status.index] ?? '', name, new Map()) !== 'unknown').length
}

/** Whether a column has a number in most of its rows. */
const hasNumbers = (sections: Section[]): boolean =>
  sections.some(({ header, lines }) =>
    (header?.cells ?? lines[0]?.cells ?? []).some(
      (_, i) => lines.filter(({ cells }) => readNumber(cells[i] ?? '')?.value != null).length * 2 > lines.length,
    ),
  )
