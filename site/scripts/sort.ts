/**
 * Sorts a table by the column whose header is clicked, and in reverse on a second click. data-value holds the sort
 * key; rows without one stay last.
 */
for (const table of document.querySelectorAll<HTMLTableElement>('table[data-sortable]')) {
  const [body, head] = [table.tBodies[0], table.tHead?.rows[0]]
  if (body && head) setUpTable(body, head)
}

function setUpTable(body: HTMLTableSectionElement, head: HTMLTableRowElement): void {
  head.addEventListener('click', event => {
    const clicked = (event.target as Element).closest('button')?.closest('th')
    if (!clicked) return
    const down = clicked.getAttribute('aria-sort') === 'ascending'
    for (const other of head.cells) other.removeAttribute('aria-sort')
    clicked.setAttribute('aria-sort', down ? 'descending' : 'ascending')
    sortRows(body, head)
  })
  // A live page was updated.
  document.addEventListener('nightshift:changed', () => sortRows(body, head))
}

function sortRows(body: HTMLTableSectionElement, head: HTMLTableRowElement): void {
  const column = [...head.cells].findIndex(cell => cell.hasAttribute('aria-sort'))
  if (column < 0) return
  const down = head.cells[column]?.getAttribute('aria-sort') === 'descending'
  const keyed = [...body.rows].map(row => ({ row, key: row.cells[column]?.dataset.value ?? '' }))
  keyed.sort((a, b) => order(a.key, b.key, down))
  let next = body.firstElementChild
  // Rows in place are not moved: a selection or the focus may be in them.
  for (const { row } of keyed)
    if (row === next) next = row.nextElementSibling
    else body.insertBefore(row, next)
  body.dispatchEvent(new Event('nightshift:sorted', { bubbles: true }))
}

const collator = new Intl.Collator()

function order(a: string, b: string, down: boolean): number {
  if (a === '' || b === '') return Number(a === '') - Number(b === '')
  const [x, y] = [Number(a), Number(b)]
  const ascending = Number.isNaN(x) || Number.isNaN(y) ? collator.compare(a, b) : x - y
  return down ? -ascending : ascending
}

export {}
