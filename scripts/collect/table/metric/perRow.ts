/** Tables in which each row names its metric: columns such as metric_name, metric_value and metric_direction. */
import type { Column } from '../columns.ts'
import { type Declared, normalizedName, type Section } from '../split/lines.ts'
import { readNumber } from '../values/number.ts'
import { readDeclared } from './declared.ts'

/** The column in which rows name their metric, if a section has one. */
export const nameColumn = (columns: Column[]): Column | undefined =>
  columns.find(({ name, as }) => as === null && /^metric(?:_name)?$/.test(normalizedName(name)))

/** What most rows name, with its direction if they say it; null if rows name no metric. */
export function metricOfRows(sections: Section[], assigned: Column[][]): Declared | null {
  const named = sections.flatMap(({ lines }, i) => {
    const columns = assigned[i] ?? []
    const at = nameColumn(columns)
    const direction = columns.find(({ name }) => /^(?:metric_)?(?:direction|goal)$/.test(normalizedName(name)))
    if (!at || !columns.some(({ as }) => as === 'metric')) return []
    return lines.flatMap(({ number, cells }) => {
      const metric = cells.length === columns.length ? (cells[at.index] ?? '') : ''
      const said = readDeclared(`direction: ${cells[direction?.index ?? -1] ?? ''}`, number)
      return metric === '' || readNumber(metric) !== null ? [] : [{ metric, goal: said[0]?.goal ?? null, line: number }]
    })
  })
  const groups = [...Map.groupBy(named, ({ metric }) => normalizedName(metric)).values()]
  const [most] = groups.sort((a, b) => b.length - a.length)
  const [first] = most ?? []
  if (!most || !first) return null
  return { ...first, goal: most.every(({ goal }) => goal === first.goal) ? first.goal : null }
}

/** Lines without a value in the metric's column that name a metric and have a number under "value" or "metric_value". */
export function valuesElsewhere({ lines }: Section, columns: Column[]): number[] {
  const at = nameColumn(columns)
  const metric = columns.find(({ as }) => as === 'metric')
  const value = columns.find(({ name, as }) => as === null && /^(?:metric_)?value$/.test(normalizedName(name)))
  if (!at || !metric || !value) return []
  const isNumber = (cell: string | undefined) => readNumber(cell ?? '')?.value != null
  return lines.flatMap(({ number, cells }) =>
    cells[at.index] && !isNumber(cells[metric.index]) && isNumber(cells[value.index]) ? [number] : [],
  )
}
