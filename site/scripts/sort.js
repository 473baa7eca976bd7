// Sorts a table by the column whose head was pressed; pressed again, the other way round. Numbers lie in data-value;
// rows without one go last either way.
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const body = table.tBodies[0]
  const head = table.tHead.rows[0]
  head.addEventListener('click', event => {
    const pressed = event.target.closest('button')?.closest('th')
    if (!pressed) return
    const down = pressed.getAttribute('aria-sort') === 'ascending'
    for (const other of head.cells) other.removeAttribute('aria-sort')
    pressed.setAttribute('aria-sort', down ? 'descending' : 'ascending')
    sort()
  })
  // The page of a running night has brought itself up to date.
  document.addEventListener('nightshift:changed', sort)

  function sort() {
    const column = [...head.cells].findIndex(cell => cell.hasAttribute('aria-sort'))
    if (column < 0) return
    const down = head.cells[column].getAttribute('aria-sort') === 'descending'
    const key = row => row.cells[column].dataset.value ?? ''
    const sorted = [...body.rows].sort((a, b) => order(key(a), key(b), down))
    // Rows in their place are not touched: a selection or the focus may be in them.
    for (const [i, row] of sorted.entries()) if (body.rows[i] !== row) body.insertBefore(row, body.rows[i])
  }
}

function order(a, b, down) {
  if (a === '' || b === '') return (a === '') - (b === '')
  const [x, y] = [Number(a), Number(b)]
  const ascending = Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y
  return down ? -ascending : ascending
}
