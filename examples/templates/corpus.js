/** The fixed corpus: templates from `corpus/`, and the data of a small shop, generated, the same on every machine. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'corpus')
const words =
  'amber anchor basket bright brass candle cedar copper cotton craft dusk ember felt flint grain harbour hollow iron lamp linen maple mellow mirror moss north oak pearl quiet river salt slate soft stone thread timber velvet walnut warm willow wool'.split(
    ' ',
  )

/** Template sources by name. */
export function readTemplates() {
  const names = readdirSync(folder).sort()
  return Object.fromEntries(names.map(file => [file.replace('.tpl', ''), readFileSync(join(folder, file), 'utf8')]))
}

/** The data of every page of the shop: 24 products, 6 collections. */
export function makePages() {
  const draw = generator(7)
  const products = Array.from({ length: 24 }, () => product(draw))
  const collections = Array.from({ length: 6 }, (_, i) => ({
    kind: 'collection',
    title: `${phrase(draw, 2)} & ${phrase(draw, 1)}`,
    description: sentence(draw, 18),
    products: products.filter((_, j) => j % 3 === i % 3),
  }))
  return [...products, ...collections].map((page, i) => ({
    page,
    shop: {
      name: 'Salt & Slate',
      url: 'https://shop.example',
      mail: 'hello@shop.example',
      links: ['new', 'for the table', 'for the wall', "children's room", 'last of its kind'],
      legal: ['Terms <of use>', 'Privacy', 'Returns'],
    },
    customer: i % 3 === 0 ? null : { name: i % 3 === 1 ? 'Ada <3' : '', cart: Array.from({ length: i % 5 }) },
  }))
}

function product(draw) {
  return {
    kind: 'product',
    title: `${phrase(draw, 3)} “No. ${draw(90)}”`,
    description: `${sentence(draw, 24)} It's <not> a "gift" & more: ${sentence(draw, 20)}`,
    html: `<p>${sentence(draw, 30)}</p>`,
    price: 500 + draw(20000),
    was: draw(3) === 0 ? 25000 : 0,
    stock: draw(4),
    tags: Array.from({ length: draw(4) }, () => phrase(draw, 1)),
    facts: Array.from({ length: 4 + draw(6) }, () => ({
      name: phrase(draw, 1),
      value: `${draw(99)} × ${draw(99)} cm`,
    })),
    reviews: Array.from({ length: 2 + draw(5) }, () => ({
      author: `${phrase(draw, 1)} O'${phrase(draw, 1)}`,
      text: sentence(draw, 12 + draw(20)),
      stars: 1 + draw(5),
    })),
  }
}

const phrase = (draw, count) => Array.from({ length: count }, () => words[draw(words.length)]).join(' ')
const sentence = (draw, count) => `${phrase(draw, count).replace(/^./, first => first.toUpperCase())}.`

/** Whole numbers below a bound, by a linear congruential generator: no machine's own randomness. */
function generator(seed) {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
