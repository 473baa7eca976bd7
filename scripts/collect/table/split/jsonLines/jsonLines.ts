/**
 * Reads JSON lines, or a JSON list of objects, as a table: pi-autoresearch's `autoresearch.jsonl`, whose configuration
 * lines name metric, unit and direction, and any other file with one object per experiment. Pure.
 */
import { Failure } from '../../../../lib/errors.ts'
import { plural, sanitizeText } from '../../../../lib/text.ts'
import type { Note } from '../../../source.ts'
import { readNumber } from '../../values/number.ts'
import type { Declared, Lines } from '../lines.ts'
import { type Config, configOf, kindOf } from './config.ts'
import { cellsOfObjects } from './flatten.ts'
import { type Choice, chooseSegment, listOf, nameOf, type Run, type Segment, type Wishes } from './segments.ts'
import { type Entries, type Entry, type JsonObject, readEntries } from './values.ts'

export interface JsonTable extends Lines {
  declared: Declared | null
  /** Unit of the declared metric. */
  unit: string | null
  /** Which of several segments this is, from 0; null where there is only one. */
  segment: number | null
  /** Lines that are no rows of this session, by what they are. */
  aside: { what: string; lines: number[] }[]
  notes: Note[]
}

/** Kinds of events that are told apart; more are left out of the account. */
const MAX_KINDS = 20
/** Keys that hold the value of the configured metric, the most likely first. */
const VALUE_KEYS = ['metric', 'metric_value', 'metricValue', 'value', 'score']

/**
 * @param where name of the file, sanitised
 * @returns null if the text is no JSON, or most of it is not and the rest has no number
 * @throws {Failure} if it is, and has no run
 */
export function readJsonLines(text: string, wishes: Wishes, where: string): JsonTable | null {
  const found = readEntries(text)
  if (found === null) return null
  const { segments, events, configs } = splitSegments(found)
  const objects = segments.reduce((sum, { runs }) => sum + runs.length, 0)
  if (objects === 0 && configs.length === 0) throw noRun(found, where)
  const choice = chooseSegment(segments, wishes, where)
  const { runs, config } = choice.chosen
  const cells = cellsOfObjects(runs.map(({ value }) => value))
  if (!cells.rows.some(row => row.some(isMeasured))) {
    // An object without a number, e.g. {}, above the lines of a table makes no JSON lines of them.
    if (found.entries.filter(({ value }) => value === null).length >= objects) return null
    throw notMeasured(runs, config, where)
  }
  const measure = measureOf(config, runs, cells.keys)
  const header = cells.keys.map(key => sanitizeText(key === measure && config?.metric ? config.metric : key, 60))
  const unread = found.entries.flatMap(({ number, text, value, why }) =>
    value ? [] : [{ line: number, text: sanitizeText(text.slice(0, 2000), 300), why }],
  )
  const several = choice.others.length > 0 || choice.chosen.number > 0
  return {
    count: found.lines,
    blank: found.blank,
    headers: [],
    comments: [],
    sections: [
      {
        header: { number: config?.line || (runs[0]?.number ?? 1), text: '', cells: header },
        delimiter: ',',
        lines: runs.map(({ number, text }, i) => ({ number, text, cells: cells.rows[i] ?? [] })),
      },
    ],
    continued: found.continued,
    unread,
    aside: [
      { what: configs.length === 1 ? 'configuration line' : 'configuration lines', lines: configs.map(c => c.line) },
      { what: 'of other segments', lines: choice.others.flatMap(({ runs }) => runs.map(({ number }) => number)) },
      ...[...Map.groupBy(events, ({ kind }) => kind)].slice(0, MAX_KINDS).map(([kind, same]) => ({
        what: `of the kind “${sanitizeText(kind, 40)}”, no runs`,
        lines: same.map(({ line }) => line),
      })),
    ].filter(({ lines }) => lines.length > 0),
    segment: several ? choice.chosen.number : null,
    declared: config && {
      metric: measure === null || config.metric === null ? null : sanitizeText(config.metric, 60),
      goal: config.goal,
      line: config.line,
    },
    unit: measure === null ? null : sanitizeText(config?.unit ?? '', 20) || null,
    notes: notesOf(choice, config, measure, cells.leftOut),
  }
}

/** Each configuration starts a segment; runs before the first one are a segment too. */
function splitSegments({ entries, beside }: Entries) {
  const configs: Config[] = []
  const events: { kind: string; line: number }[] = []
  const segments: Segment[] = []
  const start = (config: Config | null): Segment => {
    const segment: Segment = { number: segments.length, config, runs: [] }
    segments.push(segment)
    return segment
  }
  const outer = beside && configOf({ type: 'config', ...beside }, 1)
  if (outer) start(outer)
  for (const entry of entries) {
    if (entry.value === null) continue
    const config = configOf(entry.value, entry.number)
    if (config) {
      configs.push(config)
      start(config)
      continue
    }
    const kind = eventOf(entry.value, segments)
    if (kind !== null) events.push({ kind, line: entry.number })
    else (segments.at(-1) ?? start(null)).runs.push(runOf(entry, entry.value))
  }
  return { segments, events, configs }
}

const runOf = ({ number, text }: Entry, value: JsonObject): Run => ({ number, text, value })

/** The kind of a line beside the runs of a configured session, e.g. "hook"; null for a run. */
function eventOf(line: JsonObject, segments: Segment[]): string | null {
  if (!segments.some(({ config }) => config !== null)) return null
  const isRun = ['run', 'status', ...VALUE_KEYS].some(key => Object.hasOwn(line, key))
  return isRun ? null : kindOf(line)
}

/** The key that holds the configured metric's values; null if none does. */
function measureOf(config: Config | null, runs: Run[], keys: string[]): string | null {
  if (!config?.metric) return null
  const isNumeric = (key: string) => runs.some(({ value }) => typeof value[key] === 'number')
  const own = [config.metric, `metrics.${config.metric}`].find(key => keys.includes(key))
  return VALUE_KEYS.find(isNumeric) ?? own ?? null
}

function notesOf({ chosen, others, why }: Choice, config: Config | null, measure: string | null, leftOut: number) {
  const notes: Note[] = []
  const say = (code: string, text: string, lines: number[] = []) => notes.push({ code, text, experiments: [], lines })
  if (others.length > 0)
    say(
      'segments',
      `The file has ${others.length + 1} segments with runs, each with a baseline of its own. Segment ${nameOf(chosen)} is read: ${why} Not read: ${listOf(others)}. --segment N reads another.`,
    )
  const elsewhere = chosen.runs.filter(({ value }) => {
    const segment = value.segment
    return typeof segment === 'number' && segment !== chosen.number
  })
  if (elsewhere.length > 0)
    say(
      'segment-number',
      `${plural(elsewhere.length, 'run')} of segment ${chosen.number} ${elsewhere.length === 1 ? 'names' : 'name'} another segment than the configuration above: the place in the file decides.`,
      elsewhere.map(({ number }) => number),
    )
  if (config?.unclear)
    say(
      'direction',
      `Line ${config.line} gives “${sanitizeText(config.unclear, 40)}” as direction, which is neither lower nor higher.`,
      [config.line],
    )
  if (config?.metric && measure === null)
    say(
      'no-values',
      `Line ${config.line} names the metric ${sanitizeText(config.metric, 60)}; no run has a value of it.`,
      [config.line],
    )
  if (leftOut > 0)
    say('left-out', `${plural(leftOut, 'key')} of the runs are left out: a table has at most 200 columns.`)
  return notes
}

const isMeasured = (cell: string): boolean => readNumber(cell)?.value != null

function notMeasured(runs: Run[], config: Config | null, where: string): Failure {
  const [first] = runs
  const keys = Object.keys(first?.value ?? {}).map(key => sanitizeText(key, 40))
  const found = keys.length === 0 ? 'no key' : `the keys ${keys.slice(0, 12).join(', ')}`
  const metric = sanitizeText(config?.metric ?? 'val_bpb', 60)
  return new Failure(
    `${where}, line ${first?.number}: the object has ${found}${keys.length > 12 ? ', …' : ''}, and neither it nor any other run holds a number.`,
    `A run needs a number and what was done with it, e.g. {"${metric}":0.98,"status":"keep"} or {"metric":0.98,"status":"discard"}.`,
  )
}

function noRun({ entries }: Entries, where: string): Failure {
  const [first] = entries.filter(({ value }) => value === null)
  return new Failure(
    first
      ? `${where}, line ${first.number}: ${first.why} It begins with ${sanitizeText(first.text.slice(0, 200), 60)}.`
      : `${where} has no JSON object.`,
    'A JSON-lines session has one object per run, e.g. {"commit":"a1b2c3d","val_bpb":0.98,"status":"keep"}; a line {"type":"config","metricName":"val_bpb","bestDirection":"lower"} may name the metric.',
  )
}
