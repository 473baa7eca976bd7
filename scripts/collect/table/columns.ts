/** Assigns roles to columns: by the user's flags, by name, or by content, each with a reason. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import { goalByName } from './goal.ts'
import { type Declared, normalizedName, type Section } from './lines.ts'
import { readNumber } from './number.ts'
import { readTime } from './time.ts'
import { meaningOf } from './verdict.ts'

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
  /** What the file says of its metric, in a line that is no row. */
  declared?: Declared | null
}

const names: Record<Exclude<Role, 'metric'>, string> = {
  commit: 'commit sha hash commit_hash commit_sha git_commit git_sha git_hash commit_id rev revision',
  status: 'status verdict decision outcome action result keep kept is_kept accepted accept improved state',
  description:
    'description desc change changes notes note summary idea hypothesis message comment comments experiment_description details what title name experiment tag label',
  memory:
    'memory_gb memory_mb mem_gb mem_mb memory mem vram vram_gb vram_mb peak_vram_mb peak_vram_gb peak_memory_mb peak_memory_gb peak_mem_mb peak_mem_gb peak_memory max_memory_gb max_memory_mb gpu_mem_gb memory_gib',
  time: 'timestamp ts time datetime date_time finished_at ended_at end_time created_at logged_at started_at start_time date utc when',
}
const roleOf = new Map(
  Object.entries(names).flatMap(([role, list]) => list.split(' ').map(name => [name, role as Role] as const)),
)
/** Names of measurements that are not the metric. */
const NOT_A_METRIC =
  /(?:^|_)(?:vram|mem|memory|seconds|secs|steps|step|params|mfu|tokens|tok|delta|diff|change|lr|depth|epoch|epochs|gpu|iter|iters|seed|artifact|flops|batch|std|sigma|gain|gap|rank|id|n|num|run|exp|experiment|trial|loops)(?:_|$)/

/** Whether results tables commonly use this column name, or the user named it. */
export const isKnownName =
  (chosen: ChosenColumns) =>
  (name: string): boolean =>
    roleOf.has(name) ||
    (goalByName(name) !== null && !NOT_A_METRIC.test(name)) ||
    ['metric', 'score', 'value', 'objective'].includes(name) ||
    [chosen.metric, ...Object.values(chosen.columns)].some(own => own != null && normalizedName(own) === name)

/** @throws {Failure} if a column that the user named does not exist */
export function assignColumns(section: Section, chosen: ChosenColumns): Column[] {
  const width = section.header?.cells.length ?? commonWidth(section)
  const columns = Array.from({ length: width }, (_, index): Column => {
    const own = sanitizeText(section.header?.cells[index] ?? '', 60) || `column ${index + 1}`
    const name = section.header?.cells.indexOf(own) === index || !section.header ? own : `${own} (${index + 1})`
    return { name, index, as: null, why: 'It has no place of its own and stays with its row.', sure: true }
  })
  const free = () => columns.filter(column => column.as === null)
  const taken = (role: Role) => columns.some(column => column.as === role)
  const take = (column: Column | undefined, as: Role, why: string, sure: boolean) => {
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
  if (section.header) {
    // In list order: "name" is a description only without a better column.
    for (const [name, role] of roleOf)
      take(
        free().find(column => normalizedName(column.name) === name),
        role,
        `Its name is “${name}”.`,
        isUnambiguous(name),
      )
    takeMetric(section, free(), take)
  }
  takeByContent(section, free, take, taken)
  return columns
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

type Take = (column: Column | undefined, as: Role, why: string, sure: boolean) => void

/** Assigns the metric by name; validation metrics rank above training metrics. */
function takeMetric(section: Section, free: Column[], take: Take): void {
  const rank = (name: string): number => {
    const by = goalByName(name)
    // Few numbers in a column named like a metric: mostly crashes, or text between the rows.
    if (NOT_A_METRIC.test(name) || numbers(name) < (by ? 1e-9 : 0.3)) return 0
    const generic = ['metric', 'score', 'value', 'objective', 'result'].includes(name)
    if (!by && !generic && !/^(?:val|test|eval|dev|valid|holdout)_/.test(name)) return 0
    const side = /(?:^|_)train(?:ing)?(?:_|$)/.test(name)
      ? -3
      : /(?:^|_)(?:val|valid|eval|dev|test)(?:_|$)/.test(name)
        ? 4
        : 0
    const speed = by && /^(?:fps|throughput|qps|tps|ms|latency|runtime|duration|cost|size)$/.test(by.word) ? -2 : 0
    return 5 + side + speed
  }
  const numbers = (name: string): number =>
    share(section, free.find(column => normalizedName(column.name) === name)?.index ?? -1, isNumber)
  const ranked = free
    .map(column => ({ column, rank: rank(normalizedName(column.name)) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || a.column.index - b.column.index)
  const [best, ...others] = ranked
  const otherNames = others.map(({ column }) => column.name)
  const alternatives = otherNames.length > 0 ? ` It could also be ${otherNames.join(' or ')}: --metric.` : ''
  if (best)
    take(
      best.column,
      'metric',
      `Its name is a metric's and its values are numbers.${alternatives}`,
      otherNames.length === 0,
    )
}

/** Assigns the remaining roles by the content of the cells. */
function takeByContent(section: Section, free: () => Column[], take: Take, taken: (role: Role) => boolean): void {
  const columnWhere = (test: (cell: string) => boolean, least = 0.6) =>
    free().find(column => share(section, column.index, test) >= least)
  take(
    columnWhere(cell => meaningOf(cell, '', new Map()) !== 'unknown'),
    'status',
    'Known status words stand in it.',
    false,
  )
  take(
    columnWhere(cell => /^(?=.*[a-f])(?=.*\d)[0-9a-f]{7,40}$/i.test(cell), 0.5),
    'commit',
    'Commit hashes stand in it.',
    false,
  )
  const fraction = columnWhere(cell => /\d[.,]\d/.test(cell) && isNumber(cell))
  if (!taken('metric')) {
    const other = section.header ? fraction && !NOT_A_METRIC.test(normalizedName(fraction.name)) : fraction
    take(other ? fraction : undefined, 'metric', 'It is the first column of numbers with decimals.', false)
  }
  const status = free().length > 0 && taken('status')
  const next =
    section.header === null && status ? columnWhere(cell => /\d[.,]\d/.test(cell) && isNumber(cell)) : undefined
  take(next, 'memory', 'It is the second column of numbers, as in karpathy/autoresearch, whose unit is GB.', false)
  const texts = free()
    .filter(column => share(section, column.index, cell => readTime(cell) !== null) < 0.5)
    .map(column => ({ column, length: meanLength(section, column.index) }))
    .sort((a, b) => b.length - a.length)
  if ((texts[0]?.length ?? 0) > 3) take(texts[0]?.column, 'description', 'It has the longest texts.', false)
}

const isNumber = (cell: string): boolean => readNumber(cell)?.value != null

/** Share of a column's non-empty cells, among the first thousand rows, that pass a test. */
function share({ lines }: Section, index: number, test: (cell: string) => boolean): number {
  const cells = lines
    .slice(0, 1000)
    .flatMap(({ cells }) => (cells.length > index && cells[index] ? [cells[index]] : []))
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
