/** Fills the table of places and answers the search box. Everything here may change but what the reader sees. */

/** Rows that are added before the height of the table is looked at again. */
const LAYOUT_EVERY = 1
/** Longest beginning of a word that the search index holds. */
const PREFIX_LENGTH = 12

const places = JSON.parse(document.getElementById('data').textContent)
const body = document.querySelector('#places tbody')
const rows = []
let height = 0

places.sort((a, b) => opened(a) - opened(b) || a.name.localeCompare(b.name, 'en-GB'))
for (const place of places) {
  const row = document.createElement('tr')
  row.innerHTML = `<td>${place.name}</td><td>${place.kind}</td><td>${date(place)}</td><td>${stars(place)}</td>`
  body.append(row)
  rows.push(row)
  if (rows.length % LAYOUT_EVERY === 0) height = body.offsetHeight
}
document.documentElement.style.setProperty('--table-height', `${height}px`)

const index = makeIndex()

document.getElementById('search').addEventListener('input', event => {
  const asked = event.target.value.trim().toLowerCase()
  const found = index[asked.slice(0, PREFIX_LENGTH)] ?? []
  places.forEach((place, i) => {
    rows[i].hidden = asked !== '' && !(found.includes(i) && words(place).some(word => word.startsWith(asked)))
  })
})

function opened(place) {
  return Date.parse(`${place.opened}T00:00:00Z`)
}

function date(place) {
  const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  return format.format(new Date(opened(place)))
}

function stars(place) {
  return '★'.repeat(place.rating) + '☆'.repeat(5 - place.rating)
}

function words(place) {
  return `${place.name} ${place.kind} ${date(place)}`.toLowerCase().split(' ')
}

/** Places by the beginnings of their words. */
function makeIndex() {
  let found = {}
  places.forEach((place, i) => {
    for (const word of words(place))
      for (let length = 1; length <= Math.min(PREFIX_LENGTH, word.length); length++) {
        const start = word.slice(0, length)
        found[start] = [...(found[start] ?? []), i]
      }
    found = { ...found }
  })
  return found
}
