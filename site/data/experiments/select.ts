/** What the experiments page shows of its rows: filters, order, groups, counts. Runs in the browser too. */
import { column } from './columns.ts'
import type { Listing } from './listing.ts'
import type { Row } from './row.ts'

/** Rows of one page of the table. */
export const PAGE_ROWS = 100

/** The filters by their name in the URL; '' selects everything. `text` holds words, the others one exact value. */
export const filterNames = ['text', 'target', 'session', 'machine', 'verdict', 'label', 'knob', 'theme'] as const
export type FilterName = (typeof filterNames)[number]
export type Filters = Record<FilterName, string>

export interface Sort {
  column: string
  down: boolean
}

/** The values of a row that a filter compares. */
const valuesOf: Record<Exclude<FilterName, 'text'>, (row: Row) => string[]> = {
  target: row => [row.target.name],
  session: row => [row.session.id],
  machine: row => [row.session.machine],
  verdict: row => [row.verdict],
  label: row => (row.label === null ? [] : [row.label]),
  knob: row => row.knobs.map(k => k.knob),
  theme: row => (row.theme === null ? [] : [row.theme]),
}

/** The values that a filter can take, each once, in the order of the rows. */
export const choicesOf = (rows: Row[], name: Exclude<FilterName, 'text'>): string[] => [
  ...new Set(rows.flatMap(valuesOf[name])),
]

/** Rows that pass every filter. A row has to contain each word of the text. */
export function matching(rows: Row[], filters: Filters): Row[] {
  const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean)
  const set = filterNames.flatMap(name =>
    name === 'text' || filters[name] === '' ? [] : [{ of: valuesOf[name], value: filters[name] }],
  )
  return rows.filter(
    row => set.every(({ of, value }) => of(row).includes(value)) && words.every(word => row.text.includes(word)),
  )
}

/** Whether the order by a column is one for each target: its values compare only within one. */
export const isGrouped = (rows: Row[], sort: Sort | null): boolean =>
  sort !== null && column(sort.column).perTarget && rows.some(row => row.target !== rows[0]?.target)

/**
 * Rows in the order of a column, empty cells last; equal ones keep their order. Without `sort` as they are. Where values of
 * different targets do not compare, the rows of a target stay together, the target with the most rows first.
 */
export function sorted(rows: Row[], sort: Sort | null, listing: Listing): Row[] {
  if (sort === null) return rows
  const { key } = column(sort.column)
  const keyed = rows.map(row => ({ row, key: key(row, listing) }))
  const ordered = keyed.sort((a, b) => compare(a.key, b.key, sort.down)).map(({ row }) => row)
  if (!isGrouped(rows, sort)) return ordered
  const groups = [...Map.groupBy(ordered, row => row.target).values()]
  return groups.sort((a, b) => b.length - a.length).flat()
}

const collator = new Intl.Collator('en', { numeric: true })

function compare(a: string | number | null, b: string | number | null, down: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const ascending = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b))
  return down ? -ascending : ascending
}

/** "312 of 10,035 experiments and 2 baselines", "10,035 experiments and 40 baselines". */
export function countsText(found: Row[], all: Row[]): string {
  const [some, every] = [countExperiments(found), countExperiments(all)]
  const baselines = found.length - some
  const beside = baselines === 0 ? '' : ` and ${grouped(baselines)} ${baselines === 1 ? 'baseline' : 'baselines'}`
  const shown = found.length === all.length ? '' : `${grouped(some)} of `
  return `${shown}${grouped(every)} ${every === 1 ? 'experiment' : 'experiments'}${beside}`
}

const countExperiments = (rows: Row[]): number => rows.filter(row => row.number > 0).length

/** "10,035" */
export const grouped = (n: number): string => n.toLocaleString('en-US')
