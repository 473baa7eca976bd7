// Sorts a table by the column whose head was pressed; pressed again, the other way round. Numbers lie in data-value;
// rows without one go last either way.
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const body = table.tBodies[0]
  const heads = [...table.tHead.rows[0].cells]
  for (const [column, head] of heads.entries()) {
    head.querySelector('button')?.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending'
      for (const other of heads) other.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending')
      const key = row => row.cells[column].dataset.value ?? ''
      body.append(...[...body.rows].sort((a, b) => order(key(a), key(b), down)))
    })
  }
}

function order(a, b, down) {
  if (a === '' || b === '') return (a === '') - (b === '')
  const [x, y] = [Number(a), Number(b)]
  const ascending = Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y
  return down ? -ascending : ascending
}
