// Shows the entries of a list or table that fit every choice. An entry has data-choose, JSON of choice → value; without
// scripts all are shown and the choices are not.
for (const form of document.querySelectorAll('form[data-chooses]')) {
  const choices = [...form.querySelectorAll('select')]
  const list = document.getElementById(form.dataset.chooses)
  const output = form.querySelector('output')
  const apply = () => {
    const entries = [...list.querySelectorAll('[data-choose]')]
    const values = entries.map(entry => JSON.parse(entry.dataset.choose))
    for (const [i, entry] of entries.entries())
      entry.hidden = !choices.every(({ name, value }) => value === '' || values[i][name] === value)
    const shown = entries.filter(entry => !entry.hidden).length
    output.textContent = shown === entries.length ? '' : `${shown} of ${entries.length}`
  }
  form.addEventListener('change', apply)
  // Back from a night, the browser has set the choices as they were.
  addEventListener('pageshow', apply)
  // The page has brought itself up to date while a night runs.
  document.addEventListener('nightshift:changed', apply)
  form.hidden = false
}
