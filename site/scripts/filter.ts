/**
 * Shows the rows of a table that contain every typed word, belong to the chosen group (data-group) and have the chosen
 * status. Without scripts the style sheet filters by status.
 */
import { one } from './dom.ts'
import { limitRows } from './rowLimit.ts'

const phone = matchMedia('(max-width: 44rem)')

for (const form of document.querySelectorAll<HTMLFormElement>('[data-filter]')) {
  const table = document.getElementById(form.dataset.filter ?? '')
  if (table instanceof HTMLTableElement) setUpForm(form, table)
}

function setUpForm(form: HTMLFormElement, table: HTMLTableElement): void {
  const limit = limitRows(table, show)
  const texts = new Map<HTMLTableRowElement, string>()

  function show(): void {
    const rows = [...(table.tBodies[0]?.rows ?? [])]
    const passes = filterOf(form, texts)
    let passing = 0
    for (const row of rows) {
      const isPassed = passes(row)
      if (isPassed) passing++
      const isHidden = !isPassed || passing > limit.rows()
      if (row.hidden !== isHidden) row.hidden = isHidden
    }
    one('output', form).textContent = passing === rows.length ? '' : `${passing} of ${rows.length} rows`
    limit.tell(passing)
  }

  form.hidden = false
  form.addEventListener('input', show)
  form.closest('section')?.addEventListener('change', show)
  table.addEventListener('nightshift:sorted', show)
  phone.addEventListener('change', show)
  // A live page was updated.
  document.addEventListener('nightshift:changed', () => {
    texts.clear()
    show()
  })
  // A browser may restore the typed words; a link may name a group.
  const named = /^#theme-(.+)$/.exec(location.hash)?.[1]
  const group = groupOf(form)
  if (named && group) group.value = named
  show()
  // From here on the style sheet need not hide rows by status: with :has that is slow for ten thousand.
  form.closest('section')?.classList.add('filtered')
  table.parentElement?.classList.remove('long-table')
}

/** null while the session runs: themes come with the report. */
function groupOf(form: HTMLFormElement): HTMLSelectElement | null {
  return form.querySelector('select')
}

/** @param texts of the rows that were read before; reading ten thousand takes as long as all else */
function filterOf(
  form: HTMLFormElement,
  texts: Map<HTMLTableRowElement, string>,
): (row: HTMLTableRowElement) => boolean {
  const typed = form.querySelector<HTMLInputElement>('input[type=search]')?.value ?? ''
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const group = groupOf(form)?.value ?? ''
  const statuses = chosenStatuses(form)
  return row =>
    (group === '' || row.dataset.group === group) &&
    (statuses === null || statuses.some(status => row.classList.contains(status))) &&
    (words.length === 0 || words.every(word => textOf(row, texts).includes(word)))
}

/** The statuses that the style sheet shows; null for all. The ids of its choices are "f-keep", "f-all", "f-every". */
function chosenStatuses(form: HTMLFormElement): string[] | null {
  const section = form.closest('section')
  const chosen = section?.querySelector('[name=status]:checked')?.id.slice(2) ?? 'every'
  // On a phone a long ledger begins with what was kept.
  if (chosen === 'all' && phone.matches && section?.querySelector('.filters.long')) return ['keep', 'baseline']
  return chosen === 'all' || chosen === 'every' ? null : [chosen]
}

function textOf(row: HTMLTableRowElement, texts: Map<HTMLTableRowElement, string>): string {
  const known = texts.get(row) ?? row.textContent.toLowerCase()
  texts.set(row, known)
  return known
}
