/** Sections of a prompt, and how they are made to fit its size. Pure. */
import { fence, tokensOf } from './text.ts'

export interface Section {
  /** What its size is called, e.g. "knobs"; what is left out is named by it. */
  name: string
  /** Our own words, before the rows. A section without rows is its head alone. */
  intro: string
  rows: Row[]
  /** How rows are set: as data in a fence, or as they are. */
  fenced: boolean
  /** Our own words after the rows; "" for none. */
  outro?: string
  /** Tokens that it may have. All shares together are no more than the size of a prompt. */
  share: number
  /**
   * `firm` keeps its share where the size is less than that; `steady` and `grows` lose of theirs alike. `grows` takes
   * what others leave; a section that stands early must not, or its text would change with theirs, and caches miss.
   */
  kind: 'firm' | 'steady' | 'grows'
}

export interface Row {
  text: string
  /** When there is no room for all, the rows with the highest rank go first. */
  rank: number
}

export interface Fitted {
  name: string
  text: string
  tokens: number
  /** Rows left out for length. */
  omitted: number
}

/**
 * Gives each section its share, and what is spare to those that grow, in their order; what does not fit loses its
 * least important rows and says so.
 * @param size of all together, the blank lines between them included; at least that of the firm ones
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

/** A blank line follows each section. */
const SECTION_GAP_TOKENS = 2

/** What each may have for its text when there is no spare. */
function sharesOf(sections: Section[], size: number): number[] {
  const sum = (some: Section[]) => some.reduce((total, { share }) => total + share, 0)
  const firm = sum(sections.filter(({ kind }) => kind === 'firm'))
  const part = Math.min(1, Math.max(0, size - firm) / (sum(sections) - firm))
  return sections.map(({ share, kind }) =>
    Math.max(0, Math.floor(kind === 'firm' ? share : share * part) - SECTION_GAP_TOKENS),
  )
}

/** As many of the most important rows as there is room for; where not even the head has room, its beginning. */
function shrink(section: Section, room: number): Fitted {
  const byRank = section.rows.map((row, i) => ({ row, i })).sort((a, b) => a.row.rank - b.row.rank || a.i - b.i)
  const withRows = (count: number) => {
    const chosen = new Set(byRank.slice(0, count).map(({ row }) => row))
    return render(
      section,
      section.rows.filter(row => chosen.has(row)),
    )
  }
  // The largest count that fits: more rows never take less room.
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
  const cut = (length: number) => closeFence(`${text.slice(0, length).toWellFormed()} … (cut: no room.)`)
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    // Room for the fence that a shorter cut may have to close.
    if (tokensOf(cut(middle)) <= room - 4) low = middle
    else high = middle - 1
  }
  const longest = low === 0 ? '' : cut(low)
  return { text: longest, tokens: tokensOf(longest) }
}

function render({ name, intro, rows, fenced, outro = '' }: Section, shown: Row[]): Fitted {
  const omitted = rows.length - shown.length
  const lines = shown.map(({ text }) => text)
  const note = omitted === 0 ? '' : `(${omitted} of ${rows.length} ${fenced ? 'entries' : 'lines'} left out: no room.)`
  const body = lines.length === 0 ? '' : fenced ? fence(lines) : closeFence(lines.join('\n'))
  const text = [intro, body, note, outro].filter(part => part !== '').join('\n')
  return { name, text, tokens: tokensOf(text), omitted }
}

/** Markdown with its last fence closed: one that a person left open, or that was cut, would turn data into the rest. */
function closeFence(text: string): string {
  let open = ''
  for (const line of text.split('\n')) {
    const [, mark = '', after = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === '') open = mark
    else if (mark.startsWith(open) && after.trim() === '') open = ''
  }
  return open === '' ? text : `${text}\n${open}`
}
