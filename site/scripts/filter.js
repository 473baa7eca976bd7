// Shows the rows of a table that hold every word that was typed and belong to the chosen group; the group is in
// data-group. What status is shown is the style sheet's, without any script.
for (const form of document.querySelectorAll('[data-filter]')) {
  const { tBodies } = document.getElementById(form.dataset.filter)
  const [typed, count] = ['input[type=search]', 'output'].map(kind => form.querySelector(kind))
  // While the night runs there are no groups yet.
  const group = () => form.querySelector('select')
  let rows
  let texts
  const read = () => {
    rows = [...tBodies[0].rows]
    texts = rows.map(row => row.textContent.toLowerCase())
  }
  const show = () => {
    const words = typed.value.toLowerCase().split(/\s+/)
    const chosen = group()?.value ?? ''
    for (const [i, row] of rows.entries())
      row.hidden = !(words.every(word => texts[i].includes(word)) && (chosen === '' || row.dataset.group === chosen))
    const left = rows.filter(row => row.offsetParent !== null).length
    count.textContent = left === rows.length ? '' : `${left} of ${rows.length}`
  }
  form.hidden = false
  form.addEventListener('input', show)
  form.closest('section')?.addEventListener('change', show)
  // The page of a running night has brought itself up to date.
  document.addEventListener('nightshift:changed', () => {
    read()
    show()
  })
  // A browser that comes back may have kept what was typed; a link may name a group.
  const named = /^#theme-(.+)$/.exec(location.hash)
  if (named && group()) group().value = named[1]
  read()
  show()
}
