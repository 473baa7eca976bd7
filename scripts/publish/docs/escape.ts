/**
 * Text in Markdown that no generator of sites reads as markup. CommonMark, Python-Markdown and their extensions differ in what
 * a backslash may escape, so each character that may begin markup is written as a character reference, which all of them show
 * as the character. Pure.
 */
import { sanitizeText } from '../../lib/text.ts'

/**
 * Characters that begin markup wherever they stand: HTML, links, emphasis, code, tables, attributes and templates (`{`),
 * mathematics (`$`), sub- and superscript, mentions, headings.
 */
const always = /[<>&*`\\[\]{}|~^$@#]/g
/** Characters that begin markup in some places. */
const somewhere = [
  // Doubled: ==mark==, ++keys++.
  /([+=])(?=\1)|(?<=([+=]))\2/g,
  // At the edge of a word.
  /(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g,
  // Before a name: :smile:, :::note.
  /:(?=\S)/g,
]

/** At the start of a line: lists, underlines of headings, definitions, `!!!` and `???` of MkDocs, comments of templates. */
const atStart = [/^[-+:](?=\s|$)/g, /^(?:--+|==+|!!+|\?\?+|::+|%+|;+|"{3}|'{3})/g, /(?<=^\d{1,9})[.)](?=\s|$)/g]

const reference = (text: string): string => `&#${text.charCodeAt(0)};`

/** Text of anybody as Markdown that shows exactly it, in one line. @param isFirst whether a line may begin with it */
export function escapeText(text: string, isFirst = true): string {
  const [, before = '', middle = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? []
  const line = sanitizeText(middle, Number.MAX_SAFE_INTEGER)
  const marked = new Set<number>()
  for (const pattern of [always, ...somewhere, ...(isFirst ? atStart : [])])
    for (const { index } of line.matchAll(pattern)) marked.add(index)
  const escaped = line.split('').map((letter, at) => (marked.has(at) ? reference(letter) : letter))
  return `${before === '' ? '' : ' '}${escaped.join('')}${after === '' ? '' : ' '}`
}

/** Text of several lines for HTML in Markdown, where fences and includes would still be looked for. */
export const escapeAll = (text: string): string => text.replace(/[!-/:-@[-`{-~]/g, reference)

/** Characters that no code between backticks can hold in every dialect. */
const notInCode = /[<>&{}|\\`]/

/** Whether text may stand between backticks. */
export const fitsCode = (text: string): boolean => text.trim() !== '' && !notInCode.test(text)

/**
 * Text that a front matter may hold: Starlight and MkDocs put the title into their pages' HTML without escaping it, and
 * MkDocs the description into an attribute. Letters of markup become ones that look alike.
 */
export const inert = (text: string): string =>
  sanitizeText(text, 300).replace(/[<>&"{}]/g, letter => alike[letter] ?? '')

const alike: Record<string, string> = { '<': '‹', '>': '›', '&': '＆', '"': '”', '{': '(', '}': ')' }
