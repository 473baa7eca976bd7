/** The ledger of a session of 1,500 experiments, as a page of its own: the full pages of such a session take a minute. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { classic } from '../../../scripts/notebook/classicScript.ts'
import { openSite, type Site } from '../../helpers/browser.ts'
import { scratch } from '../../helpers/throwaway.ts'

const ROWS = 1500
let site: Site

beforeAll(async () => {
  const folder = await scratch(afterAll)
  await writeFile(join(folder, 'long.html'), await longLedger())
  site = await openSite(folder)
}, 60_000)
afterAll(() => site?.close())

/** Every hundredth row is kept; values fall from the first row to the last. */
async function longLedger(): Promise<string> {
  const css = await Promise.all(['tables', 'narrow'].map(name => readFile(`site/styles/${name}.css`, 'utf8')))
  const scripts = await Promise.all(['sort', 'filter'].map(bundled))
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const status = i % 100 === 0 ? 'keep' : 'discard'
    return `<tr class="${status}" id="e${i}"><td data-value="${i}">${i}</td><td data-value="${ROWS - i}">change ${ROWS - i}</td></tr>`
  })
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Long</title><style>${css.join('')}</style></head>
<body><section class="ledger"><fieldset class="filters"><label><input type="radio" name="status" id="f-all" checked>every</label> <label><input type="radio" name="status" id="f-keep">kept</label></fieldset>
<form data-filter="experiments" hidden><input type="search"><output></output></form>
<div class="table long-table"><table data-sortable id="experiments"><thead><tr><th><button type="button">#</button></th><th><button type="button">Value</button></th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div></section>${scripts.map(script => `<script>${script}</script>`).join('')}</body></html>`
}

async function bundled(name: string): Promise<string> {
  const code = await classic.load(join(process.cwd(), `site/scripts/${name}.ts?classic`))
  return JSON.parse((code ?? '').replace(/^export default /, ''))
}

const shown = (page: Page) =>
  page.$$eval('tbody tr', rows => rows.filter(row => row.checkVisibility()).map(row => row.id))
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `e${from + i}`)

test('a long table shows its first rows, and more by a button', async () => {
  await site.visit('long.html', async page => {
    expect(await shown(page)).toEqual(ids(0, 300))
    expect(await page.textContent('.table p')).toBe('Rows 1 to 300 of 1,500. Show more rows')
    await page.click('text=Show more rows')
    expect(await shown(page)).toEqual(ids(0, 1300))
    await page.click('text=Show more rows')
    expect(await shown(page)).toHaveLength(ROWS)
    expect(await page.isVisible('.table p')).toBe(false)
  })
})

test('sorting and filtering see all rows of a long table, not only those shown', async () => {
  await site.visit('long.html', async page => {
    await page.click('text=Value')
    expect(await shown(page)).toEqual(ids(1200, ROWS).reverse())
    await page.click('text=kept')
    expect(await shown(page)).toEqual(
      ids(0, 15)
        .map(id => `${id}00`.replace('e000', 'e0'))
        .reverse(),
    )
    expect(await page.textContent('output')).toBe('15 of 1500 rows')
    await page.click('text=every')
    await page.fill('input[type=search]', 'change 77')
    const found = ids(0, ROWS).filter((_, i) => `${i}change ${ROWS - i}`.includes('77'))
    expect(await page.textContent('output')).toBe(`${found.length} of 1500 rows`)
    expect(await shown(page)).toEqual(found.reverse())
  })
})

test('a link to a row shows the rows up to it, and a printout has all', async () => {
  await site.visit('long.html#e700', async page => {
    expect(await shown(page)).toEqual(ids(0, 701))
    await page.evaluate(() => {
      location.hash = '#e900'
    })
    await page.waitForFunction(() => document.getElementById('e900')?.checkVisibility())
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    expect(await shown(page)).toHaveLength(ROWS)
    await page.evaluate(() => dispatchEvent(new Event('afterprint')))
    expect(await shown(page)).toEqual(ids(0, 901))
  })
})
