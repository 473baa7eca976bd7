/** The frozen check: what a reader sees, where it stands, and what the search box finds, as stored in expected.json. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is typed into the search box. */
const asked = ['har', 'wharf', 'december', 'nowhere at all']

/** @throws {Error} naming the first fact that differs */
export async function check(page) {
  const expected = JSON.parse(readFileSync(join(import.meta.dirname, 'expected.json'), 'utf8'))
  const found = await facts(page)
  for (const [name, value] of Object.entries(expected)) {
    const [was, is] = [JSON.stringify(value), JSON.stringify(found[name])]
    if (was !== is) throw new Error(`the page differs from what it was: ${name} is ${is}, not ${was}.`)
  }
}

/** Everything that must stay: text to the byte, boxes to the pixel (none depends on a font), colours, search results. */
export async function facts(page) {
  const text = await shown(page, 'body')
  const seen = await page.evaluate(() => {
    const box = selector => {
      const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect()
      return [x, y, width, height].map(Math.round)
    }
    const style = (selector, ...names) => {
      const computed = getComputedStyle(document.querySelector(selector))
      return names.map(name => computed[name])
    }
    return {
      title: document.title,
      header: box('#top'),
      lead: box('#lead'),
      search: box('#search'),
      table: box('#places'),
      lastRow: box('#places tbody tr:last-child'),
      footer: box('#end'),
      rows: document.querySelectorAll('#places tbody tr').length,
      headerLooks: style('#top', 'backgroundColor', 'color', 'display'),
      rowLooks: style('#places tbody tr', 'backgroundColor', 'color', 'fontSize'),
      headingLooks: style('h1', 'fontSize', 'fontWeight', 'color'),
      footerLooks: style('#end', 'backgroundColor', 'paddingLeft'),
    }
  })
  const results = {}
  for (const words of asked) {
    await page.fill('#search', words)
    results[words] = hash(await shown(page, '#places'))
  }
  return { text: hash(text), ...seen, ...results }
}

// biome-ignore lint/performance/useDomNodeTextContent: text that is hidden must not count
const shown = (page, selector) => page.innerText(selector)

const hash = text => createHash('sha256').update(text).digest('hex').slice(0, 16)
