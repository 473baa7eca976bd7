/**
 * The comparison for any set of sessions: the URL hash selects them, the form writes the hash. Loaded on demand as one
 * classic script. Each session's data is a classic script too, for a page opened from disk cannot use fetch.
 */
import { withPrice } from '../../scripts/compare/compare.ts'
import type { Side } from '../../scripts/compare/schema.ts'
import { maker } from '../components/compare/make.ts'
import { results } from '../components/compare/results.ts'
import { type Address, addressText, readAddress } from '../data/compare/selection.ts'
import { capital, countText } from '../data/words.ts'

interface Compared {
  side: Side
  texts: Record<string, string>
}

const make = maker(document)
const page = document.querySelector<HTMLElement>('.compare') ?? document.body
const boxes = [...page.querySelectorAll<HTMLInputElement>('#pick input[type=checkbox]')]
const known = new Set(boxes.map(box => box.value))
const byDefault: Address = { ids: (page.dataset.default ?? '').split(' ').filter(id => known.has(id)), prices: {} }
const loaded = new Map<string, Promise<Compared>>()
const received = new Map<string, Compared>()
Object.assign(globalThis, { nightshiftSide: (compared: Compared) => received.set(compared.side.id, compared) })
let blobs: string[] = []
let turn = 0

addEventListener('hashchange', () => void show())
one('#pick').addEventListener('change', event => {
  const target = event.target as HTMLInputElement
  if (target.type === 'checkbox' || target.type === 'number') choose()
})
// A link to a section must not replace the selection in the URL.
document.querySelector('.contents')?.addEventListener('click', event => {
  const href = (event.target as Element).closest('a')?.getAttribute('href')
  const section = href?.startsWith('#') ? document.getElementById(href.slice(1)) : null
  if (section === null || !location.hash.startsWith('#s=')) return
  event.preventDefault()
  section.scrollIntoView()
})
one('[data-all]').addEventListener('click', () => tick(true))
one('[data-none]').addEventListener('click', () => tick(false))
void show()

/** "All of these" skips sessions that a filter hides. */
function tick(checked: boolean): void {
  for (const box of boxes) if (!checked || !box.closest('li')?.hidden) box.checked = checked
  choose()
}

/** Stores the selection in the URL, so that reload, back button and shared links restore it. */
function choose(): void {
  const prices = [...page.querySelectorAll<HTMLInputElement>('.prices input')].filter(input => Number(input.value) > 0)
  location.hash = addressText({
    // The boxes start with the newest session, a comparison with the oldest.
    ids: boxes
      .filter(box => box.checked)
      .map(box => box.value)
      .reverse(),
    prices: Object.fromEntries(prices.map(input => [input.name, Number(input.value)])),
  })
}

/** Shows the selection of the URL; anchors within the page change nothing. */
async function show(): Promise<void> {
  const own = ++turn
  const named = readAddress(location.hash, known)
  if (named === null && location.hash.length > 1) return
  const { ids, prices } = named ?? byDefault
  const left = named?.unknown
    ? `${capital(countText(named.unknown, 'part'))} of the address ${named.unknown === 1 ? 'is' : 'are'} unknown here and left out.`
    : ''
  for (const box of boxes) box.checked = ids.includes(box.value)
  one('.shown').hidden = named !== null
  one('#chosen').textContent = `${ids.length} of ${boxes.length}`
  note(left)
  const compared = await Promise.all(ids.map(load)).catch((error: Error) => {
    if (own === turn) note(`${error.message} ${left}`)
  })
  // The selection has changed meanwhile.
  if (!compared || own !== turn) return
  offerPrices(compared, prices)
  const sides = compared.map(({ side }) => withPrice(side, prices[side.machine.name] ?? side.gpuUsdPerHour))
  if (sides.length < 2) note(`Choose two or more sessions to compare. ${left}`)
  for (const part of page.querySelectorAll('.found, .parts, .axes, .compared'))
    part.toggleAttribute('hidden', sides.length < 2)
  if (sides.length >= 2) replace(sides, Object.assign({}, ...compared.map(({ texts }) => texts)))
}

function note(text: string): void {
  one('.note').textContent = text
}

function replace(sides: Side[], texts: Record<string, string>): void {
  for (const blob of blobs) URL.revokeObjectURL(blob)
  blobs = []
  const { answer, rest } = results(make, sides, texts, (name, text) => {
    const blob = URL.createObjectURL(new Blob([text], { type: types[extension(name)] ?? 'application/json' }))
    blobs.push(blob)
    return blob
  })
  one('.found').replaceWith(answer)
  one('.compared').replaceWith(rest)
  // The new figures need their tooltips.
  document.dispatchEvent(new Event('nightshift:changed'))
}

const types: Record<string, string> = { csv: 'text/csv', svg: 'image/svg+xml' }
const extension = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** A price field for each kind of machine among the selected sessions. */
function offerPrices(compared: Compared[], prices: Record<string, number>): void {
  const field = one('.prices')
  const machines = [...new Set(compared.map(({ side }) => side.machine.name))]
  field.hidden = machines.length === 0
  const inputs = machines.map(name => {
    const input = make('input', { type: 'number', min: '0', step: '0.01', name }) as HTMLInputElement
    input.value = prices[name]?.toString() ?? ''
    return make('label', {}, `${name} `, input)
  })
  const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.name : null
  field.replaceChildren(make('legend', {}, 'US$ per device-hour'), ...inputs)
  for (const input of field.querySelectorAll('input')) if (focused !== null && input.name === focused) input.focus()
}

/** Loads one session's data: its script calls `nightshiftSide` with it. */
function load(id: string): Promise<Compared> {
  const found =
    loaded.get(id) ??
    new Promise<Compared>((resolve, reject) => {
      const script = document.createElement('script')
      script.src = `compare/${encodeURIComponent(id)}.js`
      script.addEventListener('load', () => {
        const got = received.get(id)
        if (got) resolve(got)
        else reject(new Error(`compare/${id}.js is of another session. Build the site again.`))
      })
      script.addEventListener('error', () => {
        loaded.delete(id)
        reject(new Error(`compare/${id}.js could not be read.`))
      })
      document.head.append(script)
    })
  loaded.set(id, found)
  return found
}

function one(selector: string): HTMLElement {
  const found = page.querySelector<HTMLElement>(selector)
  if (!found) throw new Error(`The page has no ${selector}.`)
  return found
}
