/**
 * Sanitizes, escapes and formats text for the terminal, records, pages and figures. Pure, and without node's modules,
 * because the comparison page also runs it in the browser.
 */

/**
 * HTML and SVG that is put into a page without escaping. A plain string is not of this type, so the compiler rejects a
 * description or a log there. Only `treeHtml` (sanitized) and the figures create it; test/site/markupSources.test.ts lists
 * every place.
 */
declare const brand: unique symbol
export type Markup = '' | (string & { readonly [brand]: true })

/** Escapes text for HTML and XML, as content or as a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)

/** Escapes unsanitized text for XML: removes the characters that XML does not allow, too. */
export const escapeXml = (text: string): string => escapeHtml(removeUnwanted(text))

/** Control characters except tab and line feed, and the line and paragraph separators. */
const controls = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029`
/**
 * Invisible characters and those that change the text direction: direction marks, embeddings, overrides and isolates,
 * zero-width space, word joiner, byte order mark, annotations, and two noncharacters. The joiners U+200C and U+200D are
 * kept, because Persian words and many emoji need them.
 */
const invisibles = String.raw`\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff`

const control = new RegExp(`[${controls}]`, 'g')
const invisible = new RegExp(`[${invisibles}]`, 'g')
const unwanted = new RegExp(`[${controls}${invisibles}]`, 'g')

/**
 * Terminal escape sequences: strings (OSC with hyperlinks and titles, DCS, SOS, PM, APC) up to their terminator, or to
 * the end of the line without one; CSI with its parameters; all others. A C1 control starts a string only if there is a
 * terminator, because wrongly decoded text contains such characters; the match stops at the next C1 control, which keeps
 * the time linear in the length of the text.
 */
const escapeSequence = new RegExp(
  [
    String.raw`\u001b[\]PX^_][^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?`,
    String.raw`[\u009d\u0090\u0098\u009e\u009f][^\u0007\u001b\u0090\u0098\u009c-\u009f\n]*(?:\u0007|\u001b\\|\u009c)`,
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]`,
    String.raw`\u001b[ -/]*[0-~]`,
  ].join('|'),
  'g',
)

/** Removes unwanted characters; a lone surrogate becomes U+FFFD. An escape sequence loses its first character only. */
export const removeUnwanted = (text: string): string => text.toWellFormed().replace(unwanted, '')

/**
 * Sanitizes text of a program, an agent or an imported file for the terminal and records: one line, without escape
 * sequences, control and invisible characters, white space collapsed.
 * @param length maximum in code points; longer text ends with "…"
 */
export function sanitizeText(text: string, length = 200): string {
  const plain = text
    .toWellFormed()
    .replace(escapeSequence, '')
    .replace(invisible, '')
    .replace(control, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const letters = [...plain]
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : plain
}

/**
 * Sanitizes text for a page: keeps tabs and line feeds, and does not truncate. Of a line that carriage returns overwrite
 * (a progress bar), keeps the last state.
 */
export function sanitizeLines(text: string): string {
  // The common case.
  if (text.isWellFormed() && text.search(unwanted) < 0) return text
  const lines = text.replace(escapeSequence, '').replace(/\r\n/g, '\n').split('\n')
  return removeUnwanted(lines.map(lastState).join('\n'))
}

/** Whether it is one line in which `sanitizeLines` changes nothing. */
export const isPlainLine = (text: string): boolean => !/[\t\n]/.test(text) && sanitizeLines(text) === text

/** One line, with its spaces: for a command, where two of them are not one. Does not truncate. */
export const plainLine = (text: string): string => sanitizeLines(text).replace(/[\t\n]/g, ' ')

/** What follows the last carriage return of a line, unless that ends the line. By hand: a pattern takes quadratic time. */
const lastState = (line: string): string => line.slice(line.slice(0, -1).lastIndexOf('\r') + 1)

/**
 * Maps every string of a record, at any depth, values and keys of maps included.
 * @param mapKey maps the keys of objects
 */
export function mapStrings<T>(value: T, map: (text: string) => string, mapKey = map): T {
  if (typeof value === 'string') return map(value) as T
  if (Array.isArray(value)) return value.map(v => mapStrings(v, map, mapKey)) as T
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map)
    return new Map([...value].map(([key, v]) => [mapStrings(key, map, mapKey), mapStrings(v, map, mapKey)])) as T
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [mapKey(key), mapStrings(v, map, mapKey)])) as T
}

/** Applies `sanitizeLines` to every string of a record, at any depth, keys included. */
export const sanitizeRecord = <T>(value: T): T => mapStrings(value, sanitizeLines)

/** "1 run", "3 runs". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** Names of files, sanitised, in a sentence: "a, b and 3 more". @param limit how many are named */
export function named(names: string[], limit = 5): string {
  const shown = names.slice(0, limit).map(name => sanitizeText(name, 120))
  return names.length <= limit ? shown.join(', ') : `${shown.join(', ')} and ${names.length - limit} more`
}

/** A value as one line of JSON with a line feed, for a journal or `--json`. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`

/** A value as indented JSON with a line feed, for a file that people read. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** With a capital first letter. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
