/** Measures and cuts text in columns of a terminal. Pure. */

/** Characters that take two columns: East Asian wide and full-width ones, and emoji. */
const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u
/** Characters that take none: combining marks, and joiners. */
const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u

/** Columns of a text of one line, without escape sequences. Of an emoji that is joined of several, the sum of theirs. */
export const widthOf = (text: string): number => [...text].reduce((sum, letter) => sum + letterWidth(letter), 0)

function letterWidth(letter: string): number {
  // The common case.
  if (letter < '\u0300') return 1
  return zeroWidth.test(letter) ? 0 : wide.test(letter) ? 2 : 1
}

/** The text, or its beginning and "…" where it takes more than `width` columns. */
export const truncate = (text: string, width: number): string =>
  widthOf(text) > width ? `${firstColumns(text, width - 1)}…` : text

/** The longest beginning of a text that fits in so many columns. */
export function firstColumns(text: string, width: number): string {
  const letters = [...text]
  let used = 0
  const end = letters.findIndex(letter => {
    used += letterWidth(letter)
    return used > width
  })
  return end < 0 ? text : letters.slice(0, end).join('')
}
