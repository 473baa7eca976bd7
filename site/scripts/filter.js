// Shows the rows of a table that hold every word that was typed and belong to the chosen group; the group is in
// data-group. What status is shown is the style sheet's, without any script.
for (const form of document.querySelectorAll('[data-filter]')) {
  const rows = [...document.getElementById(form.dataset.filter).tBodies[0].rows]
  const texts = rows.map(row => row.textContent.toLowerCase())
  const [typed, group, count] = ['input[type=search]', 'select', 'output'].map(kind => form.querySelector(kind))
  const show = () => {
    const words = typed.value.toLowerCase().split(/\s+/)
    const chosen = group?.value ?? ''
    for (const [i, row] of rows.entries())
      row.hidden = !(words.every(word => texts[i].includes(word)) && (chosen === '' || row.dataset.group === chosen))
    const left = rows.filter(row => row.offsetParent !== null).length
    count.textContent = left === rows.length ? '' : `${left} of ${rows.length}`
  }
  form.hidden = false
  form.addEventListener('input', show)
  form.closest('section')?.addEventListener('change', show)
  // A browser that comes back may have kept what was typed; a link may name a group.
  const named = /^#theme-(.+)$/.exec(location.hash)
  if (named && group) group.value = named[1]
  show()
}
