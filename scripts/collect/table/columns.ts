/** Assigns roles to columns: by the user's flags, by name, or by content, each with a reason. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Status } from '../../record/schema.ts'
import { type Candidate, chooseMetric, isMetricName } from './metric/metric.ts'
import { type Declared, normalizedName, type Section } from './split/lines.ts'
import { readNumber } from './values/number.ts'
import { readTime } from './values/time.ts'
import { isYesNoColumn, meaningOf } from './values/verdict.ts'

export const roles = ['commit', 'metric', 'memory', 'status', 'description', 'time'] as const
export type Role = (typeof roles)[number]

export interface Column {
  /** As written; "column 3" without a header. */
  name: string
  index: number
  /** null: kept unchanged with the row. */
  as: Role | null
  why: string
  sure: boolean
}

export interface ChosenColumns {
  /** Name of the metric's column; null: inferred. */
  metric: string | null
  /** Columns that the user named, by role. */
  columns: Partial<Record<Role, string>>
  /** The user's statuses by word. */
  statuses?: ReadonlyMap<string, Status>
  /** What the file says of its metric, in a line that is no row. */
  declared?: Declared | null
}

const names: Record<Exclude<Role, 'metric'>, string> = {
  commit: 'commit sha hash commit_hash commit_sha git_commit git_sha git_hash commit_id rev revision',
  status:
    'status verdict decision outcome action result keep kept is_kept kept_discarded keep_discard accepted accept improved is_best state',
  description:
    'description desc change changes notes note summary idea hypothesis rationale message comment comments experiment_description details what title name experiment tag label',
  memory:
    'memory_gb memory_mb mem_gb mem_mb memory mem vram vram_gb vram_mb peak_vram_mb peak_vram_gb peak_memory_mb peak_memory_gb peak_mem_mb peak_mem_gb peak_memory max_memory_gb max_memory_mb gpu_mem_gb memory_gib',
  time: 'timestamp ts time datetime date_time finished_at ended_at end_time created_at logged_at started_at start_time date utc when',
}
const roleOf = new Map(
  Object.entries(names).flatMap(([role, list]) => list.split(' ').map(name => [name, role as Role] as const)),
)
/** Whether results tables commonly use this column name, or the user named it. */
export function isKnownName(chosen: ChosenColumns): (name: string) => boolean {
  const own = new Set([chosen.metric, ...Object.values(chosen.columns)].map(name => normalizedName(name ?? '')))
  // The names in a table repeat, and every line is asked whether it is a header.
  const known = new Map<string, boolean>()
  return name => {
    const before = known.get(name)
    if (before !== undefined) return before
    const now = name !== '' && (roleOf.has(name) || own.has(name) || isMetricName(name))
    if (known.size < 10_000) known.set(name, now)
    return now
  }
}

/**
 * @param evidence the lines of all sections with this header, which decide by their contents
 * @returns a column per cell of the header
 */
export function assignColumns(section: Section, chosen: ChosenColumns, evidence = section.lines): Column[] {
  const width = section.header?.cells.length ?? commonWidth(section)
  const whole = evidence.filter(({ cells }) => cells.length === width)
  const table: Section = { ...section, lines: whole.length > 0 ? whole : evidence }
  const columns = Array.from({ length: width }, (_, index): Column => {
    const own = sanitizeText(section.header?.cells[index] ?? '', 60) || `column ${index + 1}`
    const name = section.header?.cells.indexOf(own) === index || !section.header ? own : `${own} (${index + 1})`
    return { name, index, as: null, why: 'It has no place of its own and stays with its row.', sure: true }
  })
  const free = () => columns.filter(column => column.as === null)
  const taken = (role: Role) => columns.some(column => column.as === role)
  const take: Take = (column, as, why, sure) => {
    if (column && !taken(as)) Object.assign(column, { as, why, sure })
  }

  const named = {
    ...chosen.columns,
    ...(chosen.metric === null ? {} : { metric: chosen.columns.metric ?? chosen.metric }),
  }
  for (const [role, name] of Object.entries(named) as [Role, string][])
    take(findColumn(columns, name), role, 'The command says so.', true)
  if (chosen.declared?.metric)
    take(findColumn(columns, chosen.declared.metric), 'metric', `Line ${chosen.declared.line} says so.`, true)
  takeStatus(table, chosen.statuses ?? new Map(), free, take)
  if (section.header)
    // In list order: "name" is a description only without a better column.
    for (const [name, role] of roleOf)
      take(
        free().find(
          column =>
            normalizedName(column.name) === name &&
            mayBe(role, table, column) &&
            !isSparse(role, table, column, columns),
        ),
        role,
        `Its name is “${name}”.`,
        isUnambiguous(name),
      )
  takeWords(table, free, take)
  if (!taken('metric')) takeMetric(table, columns, chosen, evidence.length, take)
  takeRest(table, columns, free, take, taken)
  return columns
}

/** Of several columns with a name of a status, one in which known words stand: "action" may hold what was done. */
function takeStatus(table: Section, statuses: ReadonlyMap<string, Status>, free: () => Column[], take: Take): void {
  if (table.header === null) return
  for (const name of names.status.split(' '))
    take(
      free().find(
        column =>
          normalizedName(column.name) === name &&
          mayBe('status', table, column) &&
          share(table, column.index, cell => meaningOf(cell, name, statuses) !== 'unknown') >= 0.5,
      ),
      'status',
      `Its name is “${name}”.`,
      isUnambiguous(name),
    )
}

type Take = (column: Column | undefined, as: Role, why: string, sure: boolean) => void

/** A column of numbers under a name such as "result" or "change" is no status and no description. */
const mayBe = (role: Role, table: Section, { name, index }: Column): boolean =>
  (role !== 'status' && role !== 'description') ||
  (role === 'status' && isYesNoColumn(normalizedName(name))) ||
  share(table, index, isNumber) < 0.8

/** Whether few rows have such a cell and many have another column of this role, as in JSON lines with changing keys. */
function isSparse(role: Role, { lines }: Section, column: Column, columns: Column[]): boolean {
  const filled = ({ index }: Column) => lines.filter(({ cells }) => cells[index]).length
  const others = columns.filter(other => roleOf.get(normalizedName(other.name)) === role)
  return filled(column) * 4 < Math.max(0, ...others.map(filled))
}

/** Whether a name has only one meaning. */
const isUnambiguous = (name: string): boolean =>
  !/^(?:name|experiment|tag|label|title|result|state|action|memory|mem|vram|when|what)$/.test(name)

/** A column by its name, or by its number from 1. */
export function findColumn(columns: Column[], name: string): Column | undefined {
  return (
    columns.find(column => normalizedName(column.name) === normalizedName(name)) ??
    columns.find(column => String(column.index + 1) === name)
  )
}

/** @throws {Failure} listing the existing columns */
export function checkChosen(sections: Column[][], { columns }: ChosenColumns): void {
  for (const [role, name] of Object.entries(columns)) {
    if (sections.some(section => findColumn(section, name))) continue
    const all = [...new Set(sections.flat().map(column => column.name))].slice(0, 30)
    throw new Failure(
      `--column ${role}=${sanitizeText(name)}: the table has no such column.`,
      `It has: ${all.join(', ')}. A number counts from 1.`,
    )
  }
}

/** What a row was made on, or another row has, is not its commit. */
const OTHER_COMMIT = /(?:^|_)(?:parent|base|before|prev|previous|from|baseline|best)(?:_|$)/

/** Columns of status words and of commit hashes, by their contents. */
function takeWords(table: Section, free: () => Column[], take: Take): void {
  take(
    free().find(({ index }) => share(table, index, cell => meaningOf(cell, '', new Map()) !== 'unknown') >= 0.6),
    'status',
    'Known status words stand in it.',
    false,
  )
  take(
    free().find(
      ({ name, index }) =>
        !OTHER_COMMIT.test(normalizedName(name)) &&
        share(table, index, cell => /^(?=.*[a-f])(?=.*\d)[0-9a-f]{7,40}$/i.test(cell)) >= 0.5,
    ),
    'commit',
    'Commit hashes stand in it.',
    false,
  )
}

/** Rows that the choice of the metric looks at. */
const MAX_ROWS = 5000

function takeMetric(table: Section, columns: Column[], { statuses }: ChosenColumns, lines: number, take: Take): void {
  const rows = table.lines.slice(0, MAX_ROWS).map(({ cells }) => cells)
  const status = columns.find(({ as }) => as === 'status')
  const meanings = rows.map(cells =>
    status ? meaningOf(cells[status.index] ?? '', normalizedName(status.name), statuses ?? new Map()) : 'unknown',
  )
  const free = columns.filter(column => column.as === null)
  const choice = chooseMetric(
    free.map(
      ({ name, index }): Candidate => ({
        name,
        named: table.header !== null,
        // A crash has no value, whatever its cell holds.
        values: rows.map((cells, row) =>
          hasValue.has(meanings[row]) ? (readNumber(cells[index] ?? '')?.value ?? null) : null,
        ),
        numbers: share(table, index, isNumber, isFilled),
        decimals: share(table, index, isDecimal, isFilled),
      }),
    ),
    meanings.map(meaning =>
      meaning === 'baseline' ? 'keep' : meaning === 'keep' || meaning === 'discard' ? meaning : null,
    ),
  )
  if (!choice) return
  const partly = choice.counted && rows.length < lines ? ` Counted in ${rows.length} of ${lines} lines.` : ''
  take(free[choice.index], 'metric', `${choice.why}${partly}${choice.others}`, choice.sure)
}

const hasValue = new Set<unknown>(['keep', 'baseline', 'discard', 'unknown'])

/** Memory and description, by what is left. */
function takeRest(
  table: Section,
  columns: Column[],
  free: () => Column[],
  take: Take,
  taken: (role: Role) => boolean,
): void {
  const metric = columns.find(({ as }) => as === 'metric')
  const next = free().find(({ index }) => index === (metric?.index ?? -2) + 1 && share(table, index, isDecimal) >= 0.6)
  if (table.header === null && taken('status') && free().length > 1)
    take(next, 'memory', 'It is the second column of numbers, as in karpathy/autoresearch, whose unit is GB.', false)
  const texts = free()
    .filter(column => share(table, column.index, cell => readTime(cell) !== null) < 0.5)
    .map(column => ({ column, length: meanLength(table, column.index) }))
    .sort((a, b) => b.length - a.length)
  if ((texts[0]?.length ?? 0) > 3) take(texts[0]?.column, 'description', 'It has the longest texts.', false)
}

const isNumber = (cell: string): boolean => readNumber(cell)?.value != null
const isDecimal = (cell: string): boolean => /\d[.,]\d/.test(cell) && isNumber(cell)

const isFilled = (cell: string): boolean => readNumber(cell)?.value !== null

/** Share of a column's non-empty cells, among the first thousand rows, that pass a test. */
function share(
  { lines }: Section,
  index: number,
  test: (cell: string) => boolean,
  counts = (_: string) => true,
): number {
  const cells = lines
    .slice(0, 1000)
    .flatMap(({ cells }) => (cells.length > index && cells[index] && counts(cells[index]) ? [cells[index]] : []))
  return cells.length === 0 ? 0 : cells.filter(test).length / cells.length
}

function meanLength({ lines }: Section, index: number): number {
  const texts = lines
    .slice(0, 1000)
    .flatMap(({ cells }) => (cells[index] && !isNumber(cells[index]) ? [cells[index]] : []))
  return texts.reduce((sum, text) => sum + text.length, 0) / Math.max(1, Math.min(1000, lines.length))
}

/** The most common number of cells in a line. */
function commonWidth({ lines }: Section): number {
  const counts = new Map<number, number>()
  for (const { cells } of lines) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0
}
