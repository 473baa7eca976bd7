/**
 * Ranks documents for a query: BM25 over weighted fields, with word endings cut, and a bonus for words that stand
 * together. Everything in this file may change; the order of the documents is all that counts.
 */

/** How soon repetitions of a word stop counting. */
const K1 = 4.0
/** How much long documents are held back, 0 to 1. */
const B = 0.2
/** What a word counts for in each field. */
const TITLE_WEIGHT = 1.0
const TAGS_WEIGHT = 2.0
const BODY_WEIGHT = 1.0
/** How many kinds of ending are cut, of those in `endings`. */
const STEM_STRENGTH = 1
/** A word in more than this share of the documents is not looked for. */
const COMMON = 0.9
/** Bonus for two words of the query within WINDOW words of a document. */
const PROXIMITY = 1.0
const WINDOW = 16
/** Bonus for the share of the query's words that a document has. */
const COVERAGE = 0.1

const endings = ['s', 'ing', 'ed', 'er', 'ion', 'ly', 'e']
const fields = { title: TITLE_WEIGHT, tags: TAGS_WEIGHT, body: BODY_WEIGHT }

/**
 * @param documents [{ id, title, tags, body }]
 * @returns a function from a query's text to document ids, best first
 */
export function ranker(documents) {
  const indexed = documents.map(index)
  const frequency = new Map()
  for (const { weights } of indexed)
    for (const word of weights.keys()) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  const length = indexed.reduce((sum, document) => sum + document.length, 0) / indexed.length
  return query => {
    const asked = [...new Set(terms(query))].filter(word => (frequency.get(word) ?? 0) <= COMMON * documents.length)
    return indexed
      .map(document => ({ id: document.id, score: score(document, asked, frequency, indexed.length, length) }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id)
  }
}

function index(document) {
  const weights = new Map()
  for (const [field, weight] of Object.entries(fields))
    for (const word of terms(document[field])) weights.set(word, (weights.get(word) ?? 0) + weight)
  const words = terms(`${document.title} ${document.body}`)
  return { id: document.id, weights, words, length: words.length }
}

function score(document, asked, frequency, count, length) {
  let sum = 0
  let found = 0
  for (const word of asked) {
    const weight = document.weights.get(word)
    if (weight === undefined) continue
    found++
    const documents = frequency.get(word)
    const rarity = Math.log(1 + (count - documents + 0.5) / (documents + 0.5))
    sum += (rarity * weight * (K1 + 1)) / (weight + K1 * (1 - B + (B * document.length) / length))
  }
  return sum + PROXIMITY * together(document.words, asked) + (COVERAGE * found) / Math.max(1, asked.length)
}

/** Pairs of words asked for that stand near each other. */
function together(words, asked) {
  const places = words.flatMap((word, at) => (asked.includes(word) ? [{ word, at }] : []))
  return places.filter((place, i) => {
    const next = places[i + 1]
    return next !== undefined && next.word !== place.word && next.at - place.at <= WINDOW
  }).length
}

function terms(text) {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map(stem)
}

/** At most one ending of each kind is cut, and three letters stay. */
function stem(word) {
  let cut = word
  for (const ending of endings.slice(0, STEM_STRENGTH))
    if (cut.endsWith(ending) && cut.length - ending.length >= 3) cut = cut.slice(0, -ending.length)
  return cut
}
