/**
 * The table of all experiments: loads experiments.js, filters, sorts and shows a page of rows. The URL hash holds the
 * state. The data is a classic script, since pages opened from disk cannot use fetch.
 */

import { betterText } from '../../scripts/analysis/relative.ts'
import { maker } from '../components/compare/make.ts'
import { cell } from '../components/experiments/cells.ts'
import { addressText, noFilters, readAddress, type State } from '../data/experiments/address.ts'
import { columns } from '../data/experiments/columns.ts'
import type { Listing } from '../data/experiments/listing.ts'
import { type Row, rowsOf } from '../data/experiments/row.ts'
import {
  countsText,
  type FilterName,
  grouped,
  isGrouped,
  matching,
  PAGE_ROWS,
  sorted,
} from '../data/experiments/select.ts'
import { one } from './dom.ts'

const make = maker(document)
const form = one('#filter')
const table = one('#experiments')
const head = one('thead tr', table)
const narrow = matchMedia('(max-width: 44rem)')
const fields = [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[name]')]
const boxes = [...document.querySelectorAll<HTMLInputElement>('#columns input')]

Object.assign(globalThis, { nightshiftExperiments: start })
loadData()

function loadData(): void {
  const script = document.createElement('script')
  script.src = 'experiments.js'
  script.addEventListener('error', () => {
    one('.unloaded').textContent = 'experiments.js, which lies beside this page, could not be read.'
    one('.experiments').classList.add('failed')
  })
  document.head.append(script)
}

function start(listing: Listing): void {
  const rows = rowsOf(listing)
  let state = readAddress(location.hash)
  const show = (next: State) => {
    // An address may name a page past the last.
    state = { ...next, page: showState(next, rows, listing) }
    history.replaceState(null, '', addressText(state) || location.pathname)
  }
  form.addEventListener('input', () => show({ ...state, filters: readFilters(), page: 1 }))
  form.addEventListener('submit', event => event.preventDefault())
  one('#columns').addEventListener('change', () => show({ ...state, columns: checkedColumns() }))
  head.addEventListener('click', event => {
    const id = (event.target as Element).closest('button')?.closest('th')?.dataset.column
    if (id !== undefined)
      show({ ...state, sort: { column: id, down: state.sort?.column === id && !state.sort.down }, page: 1 })
  })
  for (const button of document.querySelectorAll('[data-clear]'))
    button.addEventListener('click', () => {
      show({ ...state, filters: noFilters(), page: 1 })
      fields[0]?.focus()
    })
  for (const [selector, step] of [
    ['[data-previous]', -1],
    ['[data-next]', 1],
  ] as const)
    one(selector).addEventListener('click', () => {
      show({ ...state, page: state.page + step })
      one('.experiments .scroll').focus({ preventScroll: true })
      table.scrollIntoView({ block: 'start' })
    })
  addEventListener('hashchange', () => {
    // An anchor within the page, as of the link to the content, changes nothing.
    if (!document.getElementById(location.hash.slice(1))) show(readAddress(location.hash))
  })
  narrow.addEventListener('change', () => show(state))
  show(state)
  table.classList.remove('unread')
}

function readFilters(): State['filters'] {
  const filters = noFilters()
  for (const field of fields) filters[field.name as FilterName] = field.value
  return filters
}

function checkedColumns(): string[] | null {
  const checked = boxes.filter(box => box.checked).map(box => box.value)
  return checked.length > 0 ? checked : null
}

/** @returns the page of rows that is shown, at most the last */
function showState(state: State, all: Row[], listing: Listing): number {
  const found = matching(all, state.filters)
  const ordered = sorted(found, state.sort, listing)
  const shown = state.columns ?? columns.filter(c => (narrow.matches ? c.narrow : c.wide)).map(c => c.id)
  showFilters(state)
  for (const box of boxes) box.checked = shown.includes(box.value)
  one('#count').textContent = countsText(found, all)
  one('#none').hidden = found.length > 0
  one('.experiments .scroll').hidden = found.length === 0
  showHead(state, shown)
  const page = Math.min(state.page, Math.max(1, Math.ceil(ordered.length / PAGE_ROWS)))
  const from = (page - 1) * PAGE_ROWS
  const inView = ordered.slice(from, from + PAGE_ROWS)
  showRows(inView, shown, isGrouped(ordered, state.sort))
  showPager(from, inView.length, ordered.length)
  return page
}

/** A value that the address names and no experiment has stays chosen, as an option of its own. */
function showFilters({ filters }: State): void {
  for (const field of fields) {
    const value = filters[field.name as FilterName]
    if (field instanceof HTMLSelectElement && ![...field.options].some(option => option.value === value))
      field.append(make('option', { value }, `${value} (no experiment)`))
    if (field.value !== value) field.value = value
  }
  one('#clear').hidden = Object.values(filters).every(value => value === '')
}

function showHead({ sort }: State, shown: string[]): void {
  for (const cell of head.querySelectorAll<HTMLElement>('th')) {
    const id = cell.dataset.column ?? ''
    cell.hidden = !shown.includes(id)
    if (sort?.column === id) cell.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending')
    else cell.removeAttribute('aria-sort')
  }
}

/** @param inGroups whether a line names the target where it changes */
function showRows(rows: Row[], shown: string[], inGroups: boolean): void {
  const context = { make, verdict: verdictOf, namesSession: !shown.includes('session') }
  const lines = rows.flatMap((row, i) => {
    const name = row.number === 0 ? 'baseline' : row.status
    const line = make(
      'tr',
      { class: name },
      ...columns.filter(c => shown.includes(c.id)).map(c => cell(c.id, row, context)),
    )
    return inGroups && row.target !== rows[i - 1]?.target ? [groupLine(row, shown.length), line] : [line]
  })
  one('tbody', table).replaceChildren(...lines)
}

function groupLine({ target: { name, metric } }: Row, colspan: number): Element {
  return make(
    'tr',
    { class: 'group' },
    make('th', { colspan, scope: 'colgroup' }, `${name}, ${betterText(metric.goal)}`),
  )
}

/** The page has a template for each verdict, with its shape and word. */
function verdictOf({ verdict, outcome }: Row): Node {
  const template = document.querySelector<HTMLTemplateElement>(`template[data-verdict="${verdict}"]`)
  if (!template) throw new Error(`The page has no template for the verdict ${verdict}.`)
  const found = template.content.cloneNode(true) as DocumentFragment
  if (outcome === undefined) return found
  // A replication's own verdict chose nothing: what it found counts.
  const text = `replication: ${outcome}`
  found.querySelector('svg')?.setAttribute('aria-label', text)
  const word = found.querySelector('.word')
  if (word) word.textContent = text
  return found
}

function showPager(from: number, shown: number, all: number): void {
  one('.pager').hidden = all <= PAGE_ROWS
  one('.pager span').textContent = `Rows ${grouped(from + 1)} to ${grouped(from + shown)} of ${grouped(all)}`
  one('[data-previous]').hidden = from === 0
  one('[data-next]').hidden = from + shown >= all
}
