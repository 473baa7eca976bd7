/** Text for a prompt: sanitized foreign text, and an upper bound on its tokens. Pure. */
import { decimals, metricText, signed } from '../../lib/format.ts'
import { sanitizeText } from '../../lib/text.ts'

/**
 * Upper bound on the tokens of a text, for any tokenizer: three for four ASCII letters, which even random letters do
 * not exceed; one for a digit, a sign or a line break; the bytes in UTF-8 for other characters. English and code take
 * about half. Never more for a concatenation than for its parts together.
 */
export function tokensOf(text: string): number {
  let [tokens, letters, spaces] = [0, 0, 0]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // A single space belongs to the next word's token; longer runs are tokens.
    spaces = code === 32 ? spaces + 1 : 0
    const isLetter = (code > 64 && code < 91) || (code > 96 && code < 123)
    letters = isLetter ? letters + 1 : 0
    if (isLetter) tokens += letters % 4 === 0 ? 0 : 1
    else if (code === 32) tokens += spaces % 4 === 2 ? 1 : 0
    // Half of a surrogate pair is two of its four bytes; a lone surrogate is sent as three.
    else tokens += code < 128 ? 1 : code < 0x800 ? 2 : 3
  }
  return tokens
}

/** Zero-width and other format characters, tags, variation selectors: invisible to a person, read by a model. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/**
 * One line of foreign text as data: without terminal escapes, control characters, invisible characters and backticks,
 * which could close the fence around it; cut to `length` characters.
 */
export const dataLine = (text: string, length = 120): string =>
  sanitizeText(
    text
      .slice(0, 20 * length)
      .toWellFormed()
      .replace(invisible, ''),
    length,
  ).replaceAll('`', "'")

/** The same for a line of a traceback, with its indentation. */
export const codeLine = (line: string, length = 200): string =>
  ' '.repeat(Math.min(16, /^ */.exec(line)?.[0].length ?? 0)) + dataLine(line, length)

/** A fenced block of data lines, see `dataLine`. */
export const fence = (lines: string[]): string => ['```text', ...lines, '```'].join('\n')

/** A value of the metric as in the report's tables, with an ASCII minus. @param beside see `metricText` */
export const valueText = (value: number, beside: readonly number[] = []): string =>
  plainMinus(metricText(value, beside))

/** "+0.000573": positive is better; with the decimals of the metric's value `beside`. */
export const gainText = (gain: number, beside: number): string => plainMinus(signed(gain, decimals(beside)))

/** "+0.000573 (1.2σ)"; without σ only the gain. */
export const gainInSigma = (gain: number, beside: number, sigma: number | null): string =>
  gainText(gain, beside) + (sigma ? ` (${plainMinus((gain / sigma).toFixed(1))}σ)` : '')

/** Any other number, to four digits: 45060, 39.8, 0.00032. */
export const shortNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))

const plainMinus = (text: string): string => text.replace('−', '-').replace('±', '')
