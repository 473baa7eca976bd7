/**
 * Finds the words of a text that GitHub, or a Markdown parser, would turn into something else: a link, a mention, a reference.
 * They are shown as code, because GitHub reads references in all text outside of <code> and <pre>, after escapes and
 * entities have been resolved, so that neither of these helps. Pure.
 */

export interface Part {
  text: string
  isCode: boolean
}

/** A word here: without white space, and without characters that code in a table cell cannot hold. */
const words = /([^\s|\\`]+)/

const active = new RegExp(
  [
    // Addresses, also without a scheme; e-mail; mentions of users and teams.
    ':\\/\\/|www\\.|@',
    // Issues, pull requests and discussions: #12, owner/name#12, GH-12. Advisories.
    '#\\d|\\bGH-\\d|\\bGHSA-|\\bCVE-\\d',
    // Commits, unless the digits are those of a number with a decimal point.
    '(?<!\\w|\\d\\.)[0-9a-f]{7,64}(?!\\w|\\.\\d)',
    // Emoji, but not a time of day; the head of an alert, a task or a footnote; an HTML comment.
    '(?<!\\d):[a-z0-9_+-]+:|\\[!|\\[\\^|<!--',
  ].join('|'),
  'i',
)

/** "$1.20", which stays plain: the rules of formulas leave amounts of money alone. Any other $ may begin or end one. */
const price = /^[("“]?\$\d[\d,]*(?:\.\d+)?[)"”.,;:]{0,2}$/

const isActive = (word: string): boolean => active.test(word) || (word.includes('$') && !price.test(word))

/** The text in parts, in order; those with `isCode` are to be shown as code, which nothing is read from. */
export function inertParts(text: string): Part[] {
  const parts: Part[] = []
  const add = (text: string, isCode: boolean) => {
    const last = parts.at(-1)
    if (text === '') return
    if (!isCode && last && !last.isCode) last.text += text
    else parts.push({ text, isCode })
  }
  for (const [i, word] of text.split(words).entries()) {
    if (i % 2 === 0 || !isActive(word)) add(word, false)
    else {
      const [from, to] = inner(word)
      add(word.slice(0, from), false)
      add(word.slice(from, to), true)
      add(word.slice(to), false)
    }
  }
  return parts
}

/** The range of a word without quotation marks, brackets and full stops around it; all of a word that has nothing else. */
function inner(word: string): [from: number, to: number] {
  let [from, to] = [0, word.length]
  while (from < to && '(“"‘\''.includes(word.charAt(from))) from++
  while (from < to && ')”"’\'.,:;…'.includes(word.charAt(to - 1))) to--
  return from < to ? [from, to] : [0, word.length]
}
