/**
 * Shows the rows of a table that contain every typed word and belong to the chosen group (data-group). The filter by
 * status is in the style sheet and needs no script.
 */
import { one } from './dom.ts'

for (const form of document.querySelectorAll<HTMLFormElement>('[data-filter]')) setUpForm(form)

function setUpForm(form: HTMLFormElement): void {
  let rows = readRows(form)
  const show = () => showRows(form, rows)
  form.hidden = false
  form.addEventListener('input', show)
  form.closest('section')?.addEventListener('change', show)
  // A live page was updated.
  document.addEventListener('nightshift:changed', () => {
    rows = readRows(form)
    show()
  })
  // A browser may restore the typed words; a link may name a group.
  const named = /^#theme-(.+)$/.exec(location.hash)?.[1]
  const group = groupOf(form)
  if (named && group) group.value = named
  show()
}

interface Row {
  element: HTMLTableRowElement
  text: string
}

function readRows(form: HTMLFormElement): Row[] {
  const table = document.getElementById(form.dataset.filter ?? '')
  const body = table instanceof HTMLTableElement ? table.tBodies[0] : undefined
  return [...(body?.rows ?? [])].map(element => ({ element, text: element.textContent.toLowerCase() }))
}

/** null while the session runs: themes come with the report. */
function groupOf(form: HTMLFormElement): HTMLSelectElement | null {
  return form.querySelector('select')
}

function showRows(form: HTMLFormElement, rows: Row[]): void {
  const typed = form.querySelector<HTMLInputElement>('input[type=search]')?.value ?? ''
  const words = typed.toLowerCase().split(/\s+/)
  const group = groupOf(form)?.value ?? ''
  for (const { element, text } of rows)
    element.hidden = !(words.every(word => text.includes(word)) && (group === '' || element.dataset.group === group))
  const left = rows.filter(({ element }) => element.offsetParent !== null).length
  one('output', form).textContent = left === rows.length ? '' : `${left} of ${rows.length} rows`
}
