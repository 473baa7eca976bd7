/**
 * Reads what a run printed: the last block of its log. Generous about form, strict about meaning: a number that can be
 * read two ways is refused, never guessed. Pure, and linear in the length of the log.
 */
import { sanitizeLines, sanitizeText } from '../../../lib/text.ts'

/** A value of the block. `number` is NaN or infinite where the run printed that, and null where the text is no number. */
export interface Printed {
  /** As printed, e.g. "0.997900" or "1,095". */
  text: string
  number: number | null
  /** What followed the number, e.g. "ms"; null without. */
  unit: string | null
}

/** The values of a block by name; more than one where the metric was printed with different values. */
export type Block = ReadonlyMap<string, Printed[]>

/** Names and values that are read; a hostile log may have more. */
const MAX_NAMES = 200
/** Different values of the metric that are read: two already make it ambiguous. */
const MAX_VALUES = 3
/** Characters of a line of a block; a longer line is not part of a block. */
const MAX_LINE = 400

/**
 * The lines of a log without colours and control characters. A carriage return ends a line too: a progress bar is
 * printed over its last state.
 */
export const logLines = (log: string): string[] => sanitizeLines(log.replace(/\r\n?/g, '\n')).split('\n')

/**
 * The last block of a log: a line `---`, also directly behind a progress bar, then lines `name: value` or `name = value`,
 * indented or not, with a unit behind the number or without. Progress bars, blank lines and values that are no number
 * may stand between; any other line ends the block.
 *
 * Where the last block does not hold the metric, the lines at the very end of the log count as one without its `---`, if
 * each is a name with a number and one is the metric. Values that the log printed for the metric earlier then belong to
 * the block as well, because nothing says which of them is the result.
 *
 * @param metric its name as in program.md
 */
export function lastBlock(log: string, metric: string): Block {
  const lines = logLines(log).map(lineOf)
  const marked = lastMarked(lines, metric)
  if (marked.has(metric)) return marked
  return atTheEnd(lines, metric) ?? marked
}

/**
 * The numbers of a block by name; NaN and infinite ones included. "peak_vram_mb: 44 GB" is left out: name and unit
 * contradict one another.
 */
export function numbersOf(block: Block): Record<string, number> {
  const pairs = [...block].flatMap(([name, printed]) => {
    const { number = null, unit = null } = printed.at(-1) ?? {}
    return number === null || (unit !== null && contradicts(name, unit)) ? [] : [[name, number] as const]
  })
  return Object.fromEntries(pairs)
}

/** Units that the end of a name states, as in karpathy/autoresearch's block. */
const unitsOfNames: Record<string, RegExp> = {
  mb: /^mi?b$/i,
  seconds: /^s(?:ec|ecs|econds?)?$/i,
  percent: /^%$/,
  m: /^m$/i,
}

const contradicts = (name: string, unit: string): boolean =>
  unitsOfNames[name.split('_').at(-1)?.toLowerCase() ?? '']?.test(unit) === false

/** The one value of a name, or why there is none: it is missing, no number, ambiguous, or printed with different values. */
export function readValue(
  block: Block,
  name: string,
): { kind: 'value'; printed: Readable } | { kind: 'invalid'; why: string } {
  const printed = block.get(name)
  if (printed === undefined)
    return invalid(block.size === 0 ? 'no summary block in the log' : `the summary has no ${name}`)
  const texts = printed.map(({ text, unit }) => sanitizeText(`${text} ${unit ?? ''}`, 40))
  if (texts.length > 1) return invalid(`the summary has different values of ${name}: ${texts.join(', ')}`)
  const last = printed[0] as Printed
  const shown = sanitizeText(last.text, 40)
  if (last.number === null) return invalid(`the summary has ${name} as “${shown}”, which is ${whyUnread(last.text)}`)
  if (last.unit !== null && /^[kMGTB]$/i.test(last.unit))
    return invalid(`the summary has ${name} as “${shown} ${last.unit}”, which may be a multiple or a unit`)
  return { kind: 'value', printed: { ...last, number: last.number } }
}

export type Readable = Printed & { number: number }

const invalid = (why: string) => ({ kind: 'invalid', why }) as const

function whyUnread(text: string): string {
  if (/^[-+]?\d[\d.,' ]*,[\d.,]*/.test(text)) return 'not one number: a comma may separate thousands or decimals'
  return 'not a number'
}

/** The form that a run has to print, in one line. */
export const wantedForm = (name: string): string =>
  `wanted at the end: a line --- and then a line ${name}: 1234.5 (plain digits, a decimal point, also 1.2e-8)`

/**
 * The last lines of a log as one line for an error: at most three, each cut to 120 characters.
 * @param redact removes keys; applied before a line is cut, which could hide a key's form
 */
export function lastLines(log: string, redact: (text: string) => string): string {
  const lines = endOf(log, redact)
    .split('\n')
    .map(line => sanitizeText(line, 120))
    .filter(line => line !== '')
  return lines.length === 0 ? 'the log is empty' : `the log ends with: ${lines.slice(-3).join(' ⏎ ')}`
}

/**
 * The last 20,000 characters without keys. Read from further back, so that the cut leaves no half of a key, and without
 * colours, which would hide where a key begins.
 */
export const endOf = (log: string, redact: (text: string) => string): string =>
  redact(logLines(log.slice(-40_000)).join('\n')).slice(-20_000)

type Line =
  /** `empty`: blank, or a progress bar. `words`: "Model saved: it", a name with spaces. */
  { kind: 'start' | 'empty' | 'words' | 'other' } | { kind: 'value'; name: string; printed: Printed }

/** A share ("50%", "3/10"), a speed or a block character: text that a progress bar has, and a line of a block has not. */
const bar = /\d\s?%|\d\s?\/\s?\d|\bit\/s|\bs\/it|[\u2580-\u259f\u2501\u2578]/

function lineOf(raw: string): Line {
  // A bar on one line with the block's start may be long.
  const line = raw.slice(-MAX_LINE).trim()
  if (line === '') return { kind: 'empty' }
  if (isStart(line)) return { kind: 'start' }
  if (raw.length > MAX_LINE) return { kind: 'other' }
  const value = valueLine(line)
  if (value?.printed.number != null) return { kind: 'value', ...value }
  if (bar.test(line)) return { kind: 'empty' }
  if (value !== null) return { kind: 'value', ...value }
  return { kind: /^[A-Za-z_][^:=]*[:=]/.test(line) ? 'words' : 'other' }
}

const isStart = (line: string): boolean =>
  line === '---' || (line.endsWith('---') && line.at(-4) !== '-' && bar.test(line.slice(0, -3)))

/** "name: text" or "name = text"; null where the line is neither. Names are those that program.md allows for a metric. */
function valueLine(line: string): { name: string; printed: Printed } | null {
  const [, name, text] = /^([A-Za-z_][\w./@-]{0,79})\s{0,40}[:=]\s{0,80}(\S.{0,200})$/.exec(line) ?? []
  return name === undefined || text === undefined ? null : { name, printed: printedOf(text) }
}

const number = /^([-+]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)(.*)$/i
const notFinite = /^([-+]?)(?:(nan)|inf(?:inity)?)$/i
/** "ms", "%", "bits/byte"; without digits, so that "0x10" is no number with a unit. */
const unit = /^[%‰°µμA-Za-z][%‰°µμ²³A-Za-z_/·*-]{0,23}$/

function printedOf(text: string): Printed {
  const plain = text.trim().replace(/^\u2212/, '-')
  const [, sign, nan] = notFinite.exec(plain) ?? []
  if (sign !== undefined)
    return { text: plain, number: nan ? Number.NaN : sign === '-' ? -Infinity : Infinity, unit: null }
  const [, digits = '', rest = ''] = number.exec(plain) ?? []
  const behind = rest.trim()
  // "1.5e" is a number that was cut off.
  const isRead = digits !== '' && (behind === '' || (unit.test(behind) && !/^e[-+]?$/i.test(rest)))
  if (!isRead) return { text: plain, number: null, unit: null }
  return {
    text: digits, // −0 is 0.
    number: Number(digits.replaceAll('_', '')) + 0,
    unit: behind === '' ? null : behind,
  }
}

/** The last block that begins with `---` and has a number, or the metric in any form. */
function lastMarked(lines: Line[], metric: string): Block {
  let last: Block = new Map()
  let current: Map<string, Printed[]> | null = null
  for (const line of lines) {
    if (line.kind === 'start') current = new Map()
    else if (line.kind === 'other') current = null
    else if (line.kind === 'value' && current !== null) {
      add(current, line.name, line.printed, metric)
      if (line.printed.number !== null || line.name === metric) last = current
    }
  }
  return last
}

/** The lines at the end as a block without its `---`; null where they do not hold the metric. */
function atTheEnd(lines: Line[], metric: string): Block | null {
  const isPart = (line: Line) =>
    line.kind === 'empty' || (line.kind === 'value' && (line.printed.number !== null || line.name === metric))
  const from = lines.findLastIndex(line => !isPart(line)) + 1
  const block = new Map<string, Printed[]>()
  // The metric from the whole log.
  for (const [at, line] of lines.entries())
    if (line.kind === 'value' && (at >= from || line.name === metric)) add(block, line.name, line.printed, metric)
  const isThere = lines.slice(from).some(line => line.kind === 'value' && line.name === metric)
  return isThere ? block : null
}

/** Adds a value: of the metric each different one, of other names the last. */
function add(block: Map<string, Printed[]>, name: string, printed: Printed, metric: string): void {
  const before = name === metric ? (block.get(name) ?? []) : []
  if (before.length >= MAX_VALUES || before.some(other => keyOf(other) === keyOf(printed))) return
  if (block.has(name) || block.size < MAX_NAMES || name === metric) block.set(name, [...before, printed])
}

const keyOf = ({ number, text, unit }: Printed): string => `${number ?? text} ${unit}`

/**
 * The last line that names an error (node prints its version after it), with its advice where it is the trainer's; else
 * the last line.
 * @param log as of `endOf`
 */
export function lastErrorLine(log: string): string {
  const raw = log.split('\n').filter(line => sanitizeText(line) !== '')
  const lines = raw.map(line => sanitizeText(line, 160))
  const at = lines.findLastIndex(line => /^([\w.]*(Error|Exception|Interrupt)\b|error: )/.test(line))
  if (at < 0) return lines.at(-1) ?? 'no output'
  // "error: DEPTH is 0." and, indented, "It must be above zero."
  const advice = lines[at]?.startsWith('error: ') && /^\s/.test(raw[at + 1] ?? '') ? [lines[at + 1]] : []
  return [lines[at], ...advice].join(' ')
}
