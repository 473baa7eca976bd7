/** The parser of foreign tables: bytes in, interpreted rows and the full mapping out. Pure. */
import { createHash } from 'node:crypto'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Status } from '../../record/schema.ts'
import type { Note, Source } from '../source.ts'
import { type Shape, shapeOf } from './align.ts'
import { type ChosenColumns, type Column, checkChosen, isKnownName } from './columns.ts'
import { interpretStatuses, withoutFailures } from './interpret.ts'
import { declaredMetric, findDeclared } from './metric/declared.ts'
import { goalOf } from './metric/direction.ts'
import type { Goal } from './metric/goal.ts'
import { type MainMetric, mainMetric } from './metric/mainMetric.ts'
import { metricOfRows, valuesElsewhere } from './metric/perRow.ts'
import { note, noteLines } from './notes.ts'
import { asOneSession, sessionsOf } from './parts.ts'
import { type LedgerRow, readRows, type Unread } from './rows.ts'
import { readJsonLines } from './split/jsonLines/jsonLines.ts'
import { type Declared, type Line, type Lines, normalizedName, type Section, splitLines } from './split/lines.ts'
import { splitMarkdown } from './split/markdown.ts'
import { assignAll, type Part, partsOf } from './split/sections.ts'
import { normalizeNumbers, numberNotes } from './values/normalize.ts'
import { plainWord } from './values/verdict.ts'

export interface LedgerOptions extends ChosenColumns {
  goal: Goal | null
  /** Statuses by status word, normalised with `plainWord`. */
  statuses: ReadonlyMap<string, Status>
  /** Segment of a JSON-lines session; null: the one with the most runs. */
  segment?: number | null
  /** Whether a table in which several rows call themselves a baseline is read as one session. */
  oneSession?: boolean
}

export interface Ledger {
  metric: Source['metric'] & { unit: string | null }
  rows: LedgerRow[]
  /** The rows by session: a further baseline begins another one. */
  sessions: LedgerRow[][]
  columns: Source['columns']
  table: Omit<NonNullable<Source['table']>, 'path'>
  notes: Note[]
  /** Segment of a JSON-lines session with several, from 0; null for other tables. */
  segment: number | null
}

/** Limits of a table, in bytes and lines. */
const LIMITS = { bytes: 16 * 2 ** 20, lines: 200_000 }

/** @throws {Failure} without rows or a metric, or if the goal cannot be inferred */
export function readLedger(bytes: Uint8Array, path: string, request: LedgerOptions): Ledger {
  const where = sanitizeText(path)
  if (bytes.length > LIMITS.bytes)
    throw new Failure(
      `${where} has more than ${LIMITS.bytes / 2 ** 20} MB, the limit of a table.`,
      'Give a table with one line per experiment.',
    )
  const { text, notes } = decode(bytes)
  const wishes = { segment: request.segment ?? null, metric: request.metric }
  const json = readJsonLines(text, wishes, where)
  if (json === null && wishes.segment !== null)
    throw new Failure(
      `--segment ${wishes.segment}: ${where} is no JSON-lines session and has no segments.`,
      'Leave the flag out.',
    )
  const lines = json ?? splitMarkdown(text, isKnownName(request)) ?? splitLines(text, isKnownName(request))
  const options = { ...request, declared: request.declared ?? saidOf(json?.declared ?? null, request) }
  notes.push(...(json?.notes ?? []))
  if (lines.count > LIMITS.lines)
    throw new Failure(`${where} has ${lines.count} lines.`, `The limit is ${LIMITS.lines}.`)
  const declaring = findDeclared(lines)
  const declared = options.declared ? [options.declared] : [...declaring.values()].flat()
  const sections = partsOf(lines, new Set(declaring.keys()))
  checkContents(lines, sections, where)
  const chosen = { ...options, declared: declaredMetric(declared, sections) }
  const assigned = assignAll(sections, chosen)
  checkChosen(assigned, options)
  const ofRows = metricOfRows(sections, assigned)
  const main = mainMetric(sections, assigned, { ...chosen, declared: chosen.declared ?? ofRows }, where)
  const named = ofRows?.metric == null ? null : normalizedName(ofRows.metric)
  const isOther = ({ header }: Section, i: number) =>
    lines.others !== undefined && header !== null && !columnsHave(assigned[i] ?? [], main)
  const otherTables = new Set(sections.filter(isOther))
  const {
    rows,
    unread: noRows,
    ragged,
    continued,
    others,
  } = read(
    sections.filter(section => !otherTables.has(section)),
    assigned.filter((_, i) => !otherTables.has(sections[i] as Part)),
    main,
    named,
    options,
  )
  const comments = lines.comments.filter(line => !declaring.has(line))
  const unread = [...lines.unread, ...noRows, ...(lines.others ? [] : comments.map(asComment))].sort(
    (a, b) => a.line - b.line,
  )
  if (rows.length === 0) throw new Failure(`${where} has no readable row.`, adviceFor(sections, unread))

  const signs = normalizeNumbers(rows, notes)
  const decided = interpretStatuses(rows, options.statuses)
  const metric = {
    name: main.name,
    ...goalOf(
      { ...main, goal: options.goal, declared: ofRows ? [...declared, ofRows] : declared },
      decided,
      sections,
      where,
    ),
    unit: signs ?? unitOf(json?.unit ?? null, main, options),
  }
  const interpreted = withoutFailures(decided, metric, notes)
  if (main.column === null && options.metric === null)
    notes.push(note('no-name', `The metric has no name here: --metric gives it one.`))
  noteLines(notes, 'ragged', ragged, [
    'has more or fewer cells than its header; its cells were placed by what they are',
    'have more or fewer cells than their header; their cells were placed by what they are',
  ])
  noteLines(notes, 'other-metric', others, [
    `stands under another metric than ${main.name} and counts as not measured`,
    `stand under another metric than ${main.name} and count as not measured`,
  ])
  const elsewhere = sections.flatMap((section, i) => valuesElsewhere(section, assigned[i] ?? []))
  noteLines(notes, 'value-elsewhere', elsewhere, [
    `has its value in another column than ${main.name}, under a metric that the row names, and counts as not measured`,
    `have their values in another column than ${main.name}, under a metric that the rows name, and count as not measured`,
  ])
  notes.push(...numberNotes(rows))
  return {
    metric,
    rows: interpreted,
    sessions: options.oneSession ? [asOneSession(interpreted)] : sessionsOf(interpreted, metric.goal),
    columns: sections.flatMap(({ header }, i) =>
      (otherTables.has(sections[i] as Part) ? [] : (assigned[i] ?? [])).map(({ name, as, why, sure }) => ({
        header: header?.number ?? null,
        name,
        as,
        why,
        sure,
      })),
    ),
    table: {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      lines: lines.count,
      rows: rows.length,
      headers: [...lines.headers, ...[...declaring.keys()].map(({ number }) => number)].sort((a, b) => a - b),
      blank: lines.blank,
      continued: [...lines.continued, ...continued].sort((a, b) => a - b),
      aside: json?.aside ?? asideOf(lines, [...otherTables], comments),
      unread,
    },
    notes,
    segment: json?.segment ?? null,
  }
}

const columnsHave = (columns: Column[], { column }: MainMetric): boolean =>
  columns.some(({ name, as }) => as === 'metric' && normalizedName(name) === column)

/** What a Markdown text has beside its results. */
const asideOf = ({ others }: Lines, tables: Section[], comments: Line[]): { what: string; lines: number[] }[] =>
  others === undefined
    ? []
    : [
        {
          what: 'of other tables',
          lines: [...others, ...tables.flatMap(({ lines }) => lines.map(({ number }) => number))].sort((a, b) => a - b),
        },
        { what: 'of text', lines: comments.map(({ number }) => number) },
      ].filter(({ lines }) => lines.length > 0)

const asComment = ({ number, text }: Line): Unread => ({
  line: number,
  text: sanitizeText(text, 300),
  why: 'It is a comment.',
})

/** UTF-8, or UTF-16 with a byte order mark. */
function decode(bytes: Uint8Array): { text: string; notes: Note[] } {
  const [a, b] = bytes
  const encoding = a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  const broken = text.includes('\ufffd')
  return { text, notes: broken ? [note('encoding', `Some letters of the table are not ${encoding}.`)] : [] }
}

/** @throws {Failure} if the file has nothing to read: it is empty, or has only comments or headers */
function checkContents({ count, blank, comments }: Lines, sections: Section[], where: string): void {
  if (sections.some(({ lines }) => lines.length > 0)) return
  if (count === blank.length) throw new Failure(`${where} is empty.`, 'Give a table with one line per experiment.')
  if (sections.length === 0)
    throw new Failure(
      `${where} has ${comments.length === 1 ? 'a comment' : 'only comments'} and no table.`,
      'Give a table with one line per experiment.',
    )
  throw new Failure(
    `${where}: the table has a header and no rows.`,
    'Collect it again once the session has written its first row.',
  )
}

function read(
  sections: Part[],
  assigned: Column[][],
  main: MainMetric,
  named: string | null,
  { statuses }: LedgerOptions,
) {
  const shapes = new Map<Line[], Shape>()
  const found = sections.map((section, i) => {
    const columns = assigned[i] ?? []
    const shape = shapes.get(section.evidence) ?? shapeOf(section.evidence, columns, statuses)
    shapes.set(section.evidence, shape)
    return readRows(section, columns, shape, { metric: main.column, named }, memoryUnit(section, columns))
  })
  return {
    rows: found.flatMap(part => part.rows).sort((a, b) => a.line - b.line),
    unread: found.flatMap(part => part.unread).sort((a, b) => a.line - b.line),
    ragged: found.flatMap(part => part.ragged),
    continued: found.flatMap(part => part.continued).sort((a, b) => a - b),
    others: found.flatMap(part => part.others),
  }
}

/** Factor to MB: by the column's name, else by whether the values are plausible GB. */
function memoryUnit({ lines }: Section, columns: Column[]): number {
  const column = columns.find(candidate => candidate.as === 'memory')
  if (!column) return 1
  const name = normalizedName(column.name)
  if (/(?:^|_)(?:mb|mib)(?:_|$)/.test(name)) return 1
  if (/(?:^|_)(?:gb|gib)(?:_|$)/.test(name)) return 1024
  const values = lines.flatMap(({ cells }) => Number.parseFloat(cells[column.index] ?? '') || [])
  const gigabytes = Math.max(0, ...values.slice(0, 1000)) < 1000
  column.sure = false
  column.why += gigabytes ? ' Its values are taken to be GB.' : ' Its values are taken to be MB.'
  return gigabytes ? 1024 : 1
}

/** Whether what the file says of its metric is about this one: the user may have chosen another. */
const isDeclared = (name: string, { metric }: Declared): boolean =>
  metric === null || normalizedName(metric) === normalizedName(name)

/** What a JSON-lines session says of its metric, unless the user chose another. */
const saidOf = (declared: Declared | null, { metric, columns }: LedgerOptions): Declared | null => {
  const chosen = columns.metric ?? metric
  return declared && (chosen === null || isDeclared(chosen, declared)) ? declared : null
}

const unitOf = (unit: string | null, { name }: MainMetric, { declared }: LedgerOptions): string | null =>
  declared && isDeclared(name, declared) ? unit : null

/** The status words of these rows, with what each was read as. */
export function countWords(rows: LedgerRow[]): Source['statuses'] {
  const counts = new Map<string, Source['statuses'][number]>()
  for (const { status, as } of rows) {
    const word = status ?? ''
    const key = `${word}\0${as}`
    const known = counts.get(key) ?? { word, as, rows: 0 }
    counts.set(key, { ...known, rows: known.rows + 1 })
  }
  return [...counts.values()].sort((a, b) => b.rows - a.rows)
}

/** @param sections those without a readable row @param unread their lines */
function adviceFor(sections: Section[], [first]: Unread[]): string {
  if (!first) return 'Give a table with one line per experiment.'
  const section = sections.find(({ lines }) => lines.some(({ number }) => number === first.line))
  const [header, line] = [section?.header, section?.lines.find(({ number }) => number === first.line)]
  const advice =
    header && line && line.cells.length !== header.cells.length
      ? `The header in line ${header.number} does not belong to its rows: correct it in a copy of the file, and collect the copy.`
      : 'Set the columns with --metric and --column.'
  return `Line ${first.line}: ${first.why} ${advice}`
}

export { plainWord }
