/**
 * Shows only the first rows of a long table: a browser lays out some hundred rows at once, but takes seconds for ten
 * thousand. A button shows more; a printout and a link to a row show what they need.
 */

/** Tables with more rows than this are long. */
const LONG_ROWS = 1000
/** Rows shown at first, and more by each click. */
const FIRST_ROWS = 300
const MORE_ROWS = 1000

export interface RowLimit {
  /** How many of the rows that pass the filters are shown. */
  rows: () => number
  /** Tells the reader how many there are. @param passing rows that pass the filters */
  tell: (passing: number) => void
}

/** @param show shows the rows again, after the limit has changed */
export function limitRows(table: HTMLTableElement, show: () => void): RowLimit {
  if ((table.tBodies[0]?.rows.length ?? 0) <= LONG_ROWS) return { rows: () => Infinity, tell: () => {} }
  let rows = Math.max(FIRST_ROWS, linkedRow(table))
  let isPrinted = false
  const change = (to: number) => {
    rows = to
    show()
  }
  const [note, text, button] = ['p', 'span', 'button'].map(name => document.createElement(name)) as [
    HTMLElement,
    HTMLElement,
    HTMLElement,
  ]
  note.className = 'meta after'
  // A live page is updated: this element is not of the server.
  note.dataset.client = ''
  button.className = 'text'
  button.setAttribute('type', 'button')
  button.textContent = 'Show more rows'
  button.addEventListener('click', () => change(rows + MORE_ROWS))
  note.append(text, ' ', button)
  table.after(note)
  addEventListener('beforeprint', () => {
    isPrinted = true
    show()
  })
  addEventListener('afterprint', () => {
    isPrinted = false
    show()
  })
  addEventListener('hashchange', () => {
    change(Math.max(rows, linkedRow(table)))
    document.getElementById(location.hash.slice(1))?.scrollIntoView()
  })
  return {
    rows: () => (isPrinted ? Infinity : rows),
    tell: passing => {
      note.hidden = passing <= rows
      text.textContent = `Rows 1 to ${rows.toLocaleString('en-US')} of ${passing.toLocaleString('en-US')}.`
    },
  }
}

/** The number of rows up to the one that the address names; 0 where it names none. */
function linkedRow(table: HTMLTableElement): number {
  const row = document.getElementById(location.hash.slice(1))
  return row instanceof HTMLTableRowElement && table.contains(row) ? row.sectionRowIndex + 1 : 0
}
