/** Sections of a prompt, and fitting them into its token limit. Pure. */
import { fence, tokensOf } from './text.ts'

export interface Section {
  /** Shown by a dry run with its size, e.g. "knobs". */
  name: string
  /** Text before the rows. */
  intro: string
  rows: Row[]
  /** Whether rows are data in a fence, or plain text. */
  fenced: boolean
  /** Text after the rows. */
  outro?: string
  /** Tokens reserved for the section. The sum of all shares is at most the size of a prompt. */
  share: number
  /**
   * `fixed` keeps its share when the size is small; `steady` and `grows` shrink in proportion. `grows` also takes
   * tokens that others leave unused; early sections must not, as their text would change and miss the service's cache.
   */
  kind: 'fixed' | 'steady' | 'grows'
}

export interface Row {
  text: string
  /** Rows with the highest rank are left out first. */
  rank: number
}

export interface Fitted {
  name: string
  text: string
  tokens: number
  /** Rows left out. */
  omitted: number
}

/**
 * Gives each section its share, and unused tokens to those that grow, in order. A section that does not fit leaves out
 * its least important rows and says how many.
 * @param size tokens of all sections with the blank lines between them; at least the shares of the fixed ones
 */
export function fitSections(sections: Section[], size: number): Fitted[] {
  const shares = sharesOf(sections, size)
  const full = sections.map(section => render(section, section.rows))
  let spare = size - full.reduce((sum, { tokens }, i) => sum + SECTION_GAP_TOKENS + Math.min(tokens, shares[i] ?? 0), 0)
  return sections.map((section, i) => {
    const [whole, share] = [full[i] as Fitted, shares[i] ?? 0]
    const room = share + (section.kind === 'grows' ? Math.max(0, spare) : 0)
    const fitted = whole.tokens <= room ? whole : shrink(section, room)
    spare -= Math.max(0, fitted.tokens - Math.min(whole.tokens, share))
    return fitted
  })
}

/** Tokens of the blank line after a section. */
const SECTION_GAP_TOKENS = 2

/** Tokens for the text of each section, before unused ones are given away. */
function sharesOf(sections: Section[], size: number): number[] {
  const sum = (some: Section[]) => some.reduce((total, { share }) => total + share, 0)
  const fixed = sum(sections.filter(({ kind }) => kind === 'fixed'))
  const part = Math.min(1, Math.max(0, size - fixed) / (sum(sections) - fixed))
  return sections.map(({ share, kind }) =>
    Math.max(0, Math.floor(kind === 'fixed' ? share : share * part) - SECTION_GAP_TOKENS),
  )
}

/** The most important rows that fit; when not even the intro fits, its beginning. */
function shrink(section: Section, room: number): Fitted {
  const byRank = section.rows.map((row, i) => ({ row, i })).sort((a, b) => a.row.rank - b.row.rank || a.i - b.i)
  const withRows = (count: number) => {
    const chosen = new Set(byRank.slice(0, count).map(({ row }) => row))
    return render(
      section,
      section.rows.filter(row => chosen.has(row)),
    )
  }
  // Binary search: more rows never take fewer tokens.
  let [low, high] = [0, section.rows.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (withRows(middle).tokens <= room) low = middle
    else high = middle - 1
  }
  const largest = withRows(low)
  return largest.tokens <= room ? largest : { ...largest, ...cutText(largest.text, room) }
}

function cutText(text: string, room: number): Pick<Fitted, 'text' | 'tokens'> {
  const cut = (length: number) => closeFence(`${text.slice(0, length).toWellFormed()} … (cut to fit.)`)
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    // 4 tokens for a fence that the cut may leave open.
    if (tokensOf(cut(middle)) <= room - 4) low = middle
    else high = middle - 1
  }
  const longest = low === 0 ? '' : cut(low)
  return { text: longest, tokens: tokensOf(longest) }
}

function render({ name, intro, rows, fenced, outro = '' }: Section, shown: Row[]): Fitted {
  const omitted = rows.length - shown.length
  const lines = shown.map(({ text }) => text)
  const note = omitted === 0 ? '' : `(${omitted} of ${rows.length} ${fenced ? 'entries' : 'lines'} left out to fit.)`
  const body = lines.length === 0 ? '' : fenced ? fence(lines) : closeFence(lines.join('\n'))
  const text = [intro, body, note, outro].filter(part => part !== '').join('\n')
  return { name, text, tokens: tokensOf(text), omitted }
}

/** Closes a code fence that was left open or cut; otherwise the following sections would be inside of it. */
function closeFence(text: string): string {
  let open = ''
  for (const line of text.split('\n')) {
    const [, mark = '', after = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === '') open = mark
    else if (mark.startsWith(open) && after.trim() === '') open = ''
  }
  return open === '' ? text : `${text}\n${open}`
}
