/** The state of the experiments page as a URL hash, so that a link leads to the same rows. Runs in the browser too. */
import { columns } from './columns.ts'
import { type FilterName, type Filters, filterNames, type Sort } from './select.ts'

export interface State {
  filters: Filters
  /** null: by session, the newest first, and in each in the order of the verdicts. */
  sort: Sort | null
  /** Ids of the shown columns; null: those of the window's width. */
  columns: string[] | null
  /** From 1. */
  page: number
}

export const noFilters = (): Filters =>
  Object.fromEntries(filterNames.map(name => [name, ''])) as Record<FilterName, string>

/** The hash, e.g. "#verdict=keep&sort=-value"; '' for the state of an address without one. */
export function addressText({ filters, sort, columns: shown, page }: State): string {
  const fields = new URLSearchParams()
  for (const name of filterNames) if (filters[name] !== '') fields.set(name, filters[name])
  if (sort) fields.set('sort', `${sort.down ? '-' : ''}${sort.column}`)
  if (shown) fields.set('columns', shown.join(','))
  if (page > 1) fields.set('page', String(page))
  const text = fields.toString()
  return text === '' ? '' : `#${text}`
}

/** The state of a hash. Columns that do not exist and pages that are no numbers are left out. */
export function readAddress(hash: string): State {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const filters = noFilters()
  for (const name of filterNames) filters[name] = fields.get(name) ?? ''
  const [, minus, by] = /^(-?)(.*)$/.exec(fields.get('sort') ?? '') ?? []
  const isColumn = (id: string) => columns.some(column => column.id === id)
  const shown = fields.get('columns')?.split(',').filter(isColumn) ?? []
  const page = Number(fields.get('page'))
  return {
    filters,
    sort: by && isColumn(by) ? { column: by, down: minus === '-' } : null,
    columns: shown.length > 0 ? shown : null,
    page: Number.isInteger(page) && page > 0 ? page : 1,
  }
}
