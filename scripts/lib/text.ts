/**
 * Text on its way to a terminal, a record, a page or a figure: made harmless, escaped and counted. Pure, and without a
 * module of Node, for the comparison's page makes its text in a browser.
 */

/**
 * HTML and SVG that goes into a page as it is. No other text is of this type, so the compiler refuses a description or a
 * log there. `treeHtml` (sanitised) and our own drawings make it, and test/site/markupSources.test.ts knows all of the places.
 */
declare const made: unique symbol
export type Markup = '' | (string & { readonly [made]: true })

/** A text for HTML or XML, as content or between quotes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)

/** The same for a text that was not sanitised: no XML may hold the letters that are removed. */
export const escapeXml = (text: string): string => escapeHtml(removeUnwanted(text))

/** Control characters without tab and line feed, and the two separators that JavaScript once took for line ends. */
const controls = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029`
/**
 * What nobody sees and what changes what one sees: marks, embeddings, overrides and isolates of direction, zero-width
 * space, word joiner, byte order mark, annotations, and two code points that are no letters. The joiners U+200C and
 * U+200D stay, for Persian words and many emoji need them.
 */
const unseen = String.raw`\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff`

const control = new RegExp(`[${controls}]`, 'g')
const invisible = new RegExp(`[${unseen}]`, 'g')
const unwanted = new RegExp(`[${controls}${unseen}]`, 'g')

/**
 * Escape sequences of a terminal: the strings (OSC with hyperlinks and titles, DCS, SOS, PM, APC) up to their end, or
 * where they have none to the end of the line; then CSI with its parameters; then all others. A C1 control begins a
 * string only if it has an end, for wrongly decoded text has such letters too; it does not reach beyond the next one, so
 * that the time grows with the text, not with its square.
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

/** Every unwanted character removed; a half of a surrogate pair becomes U+FFFD. Escape sequences lose their first letter. */
export const removeUnwanted = (text: string): string => text.toWellFormed().replace(unwanted, '')

/**
 * Text from a program, an agent or a foreign file made harmless for a terminal and a record: one line without escape
 * sequences, control and unseen characters, white space folded, cut to a length.
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
 * The same for a page: tabs and line ends stay, and nothing is cut. Of a line that was overwritten by carriage returns
 * (a progress bar) the last state stays.
 */
export function sanitizeLines(text: string): string {
  // As nearly all are.
  if (text.isWellFormed() && text.search(unwanted) < 0) return text
  return removeUnwanted(
    text
      .replace(escapeSequence, '')
      .replace(/\r\n/g, '\n')
      .replace(/[^\n]*\r(?=[^\n])/g, ''),
  )
}

/** Every text in a record by `sanitizeLines`, however deep. */
export function sanitizeRecord<T>(value: T): T {
  if (typeof value === 'string') return sanitizeLines(value) as T
  if (Array.isArray(value)) return value.map(sanitizeRecord) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [sanitizeLines(key), sanitizeRecord(v)])) as T
}

/** "1 run", "3 runs". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** A value as one line of JSON, with its end: a row of a journal, or what `--json` prints. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`

/** A value as a JSON file that people read too. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
