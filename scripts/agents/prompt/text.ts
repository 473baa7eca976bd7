/** Text for a prompt: foreign text made harmless, and a size that is never underestimated. Pure. */
import { decimals, metricText, signed } from '../../lib/format.ts'
import { sanitizeText } from '../../lib/text.ts'

/**
 * At most so many tokens, by whatever tokenizer: four ASCII letters are three, which even random ones don't exceed; a
 * digit, a sign or a line break is one; all else as many as it has bytes in UTF-8. English and code take about half
 * of it. Two texts put together never count more than each by itself.
 */
export function tokensOf(text: string): number {
  let [tokens, letters, spaces] = [0, 0, 0]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // A single space goes with the word after it; a run of them is cut into pieces.
    spaces = code === 32 ? spaces + 1 : 0
    const isLetter = (code > 64 && code < 91) || (code > 96 && code < 123)
    letters = isLetter ? letters + 1 : 0
    if (isLetter) tokens += letters % 4 === 0 ? 0 : 1
    else if (code === 32) tokens += spaces % 4 === 2 ? 1 : 0
    // Each half of a surrogate pair counts for two of its four bytes; a lone one is sent as three.
    else tokens += code < 128 ? 1 : code < 0x800 ? 2 : 3
  }
  return tokens
}

/** Zero-width and other format characters, tags and variation selectors: unseen by a person, read by a model. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/**
 * One line of foreign text as data: without terminal escapes, control and unseen characters, with no backtick that
 * could end the fence it stands in, and cut to a length.
 */
export const dataLine = (text: string, length = 120): string =>
  sanitizeText(
    text
      .slice(0, 20 * length)
      .toWellFormed()
      .replace(invisible, ''),
    length,
  ).replaceAll('`', "'")

/** The same for a line of a traceback: what it is indented by is kept. */
export const codeLine = (line: string, length = 200): string =>
  ' '.repeat(Math.min(16, /^ */.exec(line)?.[0].length ?? 0)) + dataLine(line, length)

/** Lines of data, each a `datum`, where nothing in them is an instruction. */
export const fence = (lines: string[]): string => ['```text', ...lines, '```'].join('\n')

/** The metric as in the tables, with a plain minus. */
export const valueText = (value: number): string => plainMinus(metricText(value))

/** "+0.000573": positive is better, with as many decimals as the metric is shown with. */
export const gainText = (gain: number, beside: number): string => plainMinus(signed(gain, decimals(beside)))

/** "+0.000573 (1.2σ)"; without σ only the gain. */
export const gainInSigma = (gain: number, beside: number, sigma: number | null): string =>
  gainText(gain, beside) + (sigma ? ` (${plainMinus((gain / sigma).toFixed(1))}σ)` : '')

/** Any other number, briefly: 45060, 39.8, 0.00032. */
export const shortNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))

const plainMinus = (text: string): string => text.replace('−', '-').replace('±', '')
