/** The parser of foreign tables: bytes in, interpreted rows and the full mapping out. Pure. */
import { createHash } from 'node:crypto'
import { Failure } from '../../lib/errors.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { Status } from '../../record/schema.ts'
import type { Note, Source } from '../source.ts'
import { type Shape, shapeOf } from './align.ts'
import { type ChosenColumns, type Column, checkChosen, isKnownName } from './columns.ts'
import { declaredMetric, findDeclared } from './declared.ts'
import { goalOf } from './direction.ts'
import { type Goal, isSpeed } from './goal.ts'
import { readJsonLines } from './jsonLines/jsonLines.ts'
import { type Declared, type Line, type Lines, normalizedName, type Section, splitLines } from './lines.ts'
import { normalizeNumbers, numberNotes } from './normalize.ts'
import { readNumber } from './number.ts'
import { asOneSession, baselineClaim, sessionsOf } from './parts.ts'
import { metricOfRows, valuesElsewhere } from './perRow.ts'
import { type LedgerRow, readRows, type TableRow, type Unread } from './rows.ts'
import { assignAll, type Part, partsOf } from './sections.ts'
import { meaningOf, plainWord } from './verdict.ts'

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
  const lines = json ?? splitLines(text, isKnownName(request))
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
  const otherTables = sections.filter(isOther)
  const {
    rows,
    unread: noRows,
    ragged,
    continued,
    others,
  } = read(
    sections.filter((section, i) => !isOther(section, i)),
    assigned.filter((_, i) => !otherTables.includes(sections[i] as Part)),
    main,
    named,
    options,
  )
  const comments = lines.comments.filter(line => !declaring.has(line))
  const unread = [...lines.unread, ...noRows, ...(lines.others ? [] : comments.map(asComment))].sort(
    (a, b) => a.line - b.line,
  )
  if (rows.length === 0) throw new Failure(`${where} has no readable row.`, adviceFor(unread))

  const signs = normalizeNumbers(rows, notes)
  const decided = interpretStatuses(rows, options)
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
      (otherTables.includes(sections[i] as Part) ? [] : (assigned[i] ?? [])).map(({ name, as, why, sure }) => ({
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
      aside: json?.aside ?? asideOf(lines, otherTables, comments),
      unread,
    },
    notes,
    segment: json?.segment ?? null,
  }
}

/** Whether a column has a number in most of its rows. */
const hasNumbers = (sections: Section[]): boolean =>
  sections.some(({ header, lines }) =>
    (header?.cells ?? lines[0]?.cells ?? []).some(
      (_, i) => lines.filter(({ cells }) => readNumber(cells[i] ?? '')?.value != null).length * 2 > lines.length,
    ),
  )

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

export const note = (code: string, text: string, about: Partial<Pick<Note, 'experiments' | 'lines'>> = {}): Note => ({
  code,
  text,
  experiments: [],
  lines: [],
  ...about,
})

/** @param what the predicate of one row, and of several */
function noteLines(notes: Note[], code: string, lines: number[], [one, many]: [string, string]): void {
  if (lines.length > 0)
    notes.push(note(code, `${plural(lines.length, 'row')} ${lines.length === 1 ? one : many}.`, { lines }))
}

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

interface MainMetric {
  /** null if the table has no header. */
  column: string | null
  name: string
}

/** The metric column that most lines have. @throws {Failure} without one */
function mainMetric(
  sections: Section[],
  assigned: Column[][],
  { metric, columns, declared }: LedgerOptions,
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

/** Interprets the statuses; a baseline is a keep unless another row was kept before it. */
function interpretStatuses(rows: TableRow[], { statuses }: LedgerOptions): LedgerRow[] {
  let kept = false
  return rows.map((row): LedgerRow => {
    const meaning = row.status === null ? 'unknown' : meaningOf(row.status, row.statusColumn, statuses)
    const as = meaning !== 'baseline' ? meaning : kept ? 'unknown' : 'keep'
    kept ||= as === 'keep'
    return { ...row, as, baseline: baselineClaim(row, meaning === 'baseline'), metric: row.value?.value ?? null }
  })
}

/** The rows without the values of those that failed, which measure no change; notes say so. */
function withoutFailures(rows: LedgerRow[], { name, goal }: Ledger['metric'], notes: Note[]): LedgerRow[] {
  const hasMemory = rows.some(row => row.memoryMb !== null)
  const without = rows.filter(row => row.status === null).map(row => row.line)
  const failed: LedgerRow[] = []
  const zeros: number[] = []
  const cleared = rows.map((row): LedgerRow => {
    const measured = row.as === 'keep' || row.as === 'discard' || row.as === 'unknown'
    // 0.000000 with 0.0 GB means a crash, whatever else the row says; without memory, 0 may be the worst value of all.
    const isZero =
      row.metric === 0 &&
      row.memoryMb === null &&
      row.as !== 'keep' &&
      (hasMemory || goal === 'minimize' || isSpeed(name))
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
    `was not kept and has the value 0, which is taken to mean that nothing was measured`,
    `were not kept and have the value 0, which is taken to mean that nothing was measured`,
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

const adviceFor = ([first]: Unread[]): string =>
  first
    ? `Line ${first.line}: ${first.why} Set the columns with --metric and --column.`
    : 'Give a table with one line per experiment.'

export { plainWord }
