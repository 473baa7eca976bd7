/** The table of all experiments of all sessions: filters, order, columns and pages, in the address too. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSite, type Site } from '../../helpers/browser.ts'
import { builtSite } from '../../helpers/builtSite.ts'
import { hostile, sessions } from '../../helpers/exampleSessions.ts'

interface Row {
  session: string
  experiment: number
  status: string
  metricName: string
  metric: number | null
  description: string
}

let site: Site
let all: Row[]

beforeAll(async () => {
  const { out } = await builtSite()
  all = JSON.parse(await readFile(join(out, 'data/experiments.json'), 'utf8'))
  site = await openSite(out)
}, 120_000)
afterAll(() => site?.close())

const cells = (page: Page, column: string) =>
  page.$$eval(
    '#experiments tbody tr:not(.group)',
    (rows, id) => {
      const shown = [...document.querySelectorAll<HTMLElement>('#experiments th[data-column]')].filter(th => !th.hidden)
      const at = shown.findIndex(th => th.dataset.column === id)
      return rows.map(row => row.children[at]?.textContent?.trim() ?? '')
    },
    column,
  )
const tried = (rows: Row[]) => rows.filter(row => row.experiment > 0).length
const hash = (page: Page) => page.evaluate(() => location.hash)

test('the page counts all experiments without the baselines and shows the first hundred rows', async () => {
  await site.visit('experiments.html', async page => {
    const baselines = all.length - tried(all)
    expect(await page.textContent('#count')).toBe(`${tried(all)} experiments and ${baselines} baselines`)
    expect(await page.textContent('.lede')).toContain(`${tried(all)} experiments and ${baselines} baselines`)
    expect(await page.locator('#experiments tbody tr').count()).toBe(100)
    expect(await page.textContent('.pager span')).toBe(`Rows 1 to 100 of ${all.length}`)
    await page.click('text=Next')
    expect((await cells(page, 'description')).slice(0, 1)).toEqual([all[100]?.description])
    expect(await hash(page)).toBe('#page=2')
    expect(await page.isVisible('[data-previous]')).toBe(true)
    await page.click('#experiments tbody tr:first-child td:nth-child(2) a')
    await page.waitForURL(url => url.href.includes(`${all[100]?.session}/`))
  })
})

test('nothing moves when the rows appear after the first paint', async () => {
  await site.visit('experiments.html', async page => {
    await page.route('**/experiments.js', async route => {
      await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
      await route.continue()
    })
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      await page.reload()
      expect(await page.locator('#experiments tbody tr').first().textContent()).toContain('baseline')
      expect(await page.evaluate(shifts), `at ${width}`).toEqual([])
    }
  })
})

/** Runs in the page: what has moved since it was opened. */
function shifts(): Promise<string[]> {
  const moved: string[] = []
  const read = (entries: PerformanceEntryList) => {
    for (const { sources = [] } of entries as (PerformanceEntry & { sources?: { node: Node | null }[] })[])
      moved.push(...sources.map(({ node }) => node?.textContent?.slice(0, 60) ?? ''))
  }
  const observer = new PerformanceObserver(list => read(list.getEntries()))
  observer.observe({ type: 'layout-shift', buffered: true })
  return new Promise(resolve => {
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        read(observer.takeRecords())
        resolve(moved)
      }),
    )
  })
}

test('every column of the table has the same size of letters', async () => {
  await site.visit('experiments.html', async page => {
    const sizes = await page.$$eval('#experiments tbody tr:first-child td', all =>
      all.map(td => getComputedStyle(td).fontSize),
    )
    expect(sizes.length).toBeGreaterThan(5)
    expect(new Set(sizes).size).toBe(1)
  })
})

test('filters combine, and their address leads another reader to the same rows', async () => {
  const wanted = all.filter(
    row => row.session === sessions.long && row.status === 'discard' && /HEADS/.test(row.description),
  )
  expect(wanted.length).toBeGreaterThan(1)
  let address = ''
  await site.visit('experiments.html', async page => {
    await page.selectOption('select[name=session]', sessions.long)
    await page.selectOption('select[name=verdict]', 'discard')
    await page.fill('input[name=text]', 'heads')
    expect(await cells(page, 'description')).toEqual(wanted.map(row => row.description))
    expect(await page.textContent('#count')).toBe(`${wanted.length} of ${tried(all)} experiments`)
    address = await hash(page)
  })
  await site.visit(`experiments.html${address}`, async page => {
    expect(await cells(page, 'description')).toEqual(wanted.map(row => row.description))
    expect(await page.inputValue('select[name=verdict]')).toBe('discard')
    await page.click('#clear')
    expect(await hash(page)).toBe('')
    expect(await page.locator('#experiments tbody tr').count()).toBe(100)
  })
})

test('the link to the content leaves the chosen filters', async () => {
  await site.visit('experiments.html#verdict=keep', async page => {
    const before = await page.textContent('#count')
    await page.focus('.skip')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => location.hash === '#content')
    expect(await page.inputValue('select[name=verdict]')).toBe('keep')
    expect(await page.textContent('#count')).toBe(before)
  })
})

test('an empty result says so and offers to clear the filters', async () => {
  await site.visit('experiments.html#text=nothing-has-this&session=gone', async page => {
    expect(await page.textContent('#count')).toBe(`0 of ${tried(all)} experiments`)
    expect(await page.textContent('#none')).toContain('No experiment matches these filters.')
    expect(await page.locator('select[name=session] option:checked').textContent()).toBe('gone (no experiment)')
    await page.click('#none button')
    expect(await page.isVisible('#none')).toBe(false)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('text')
  })
})

test('an address with a page past the last shows the last, and Previous leads to the one before', async () => {
  const last = Math.ceil(all.length / 100)
  await site.visit('experiments.html#page=1e300', async page => {
    expect(await hash(page)).toBe(`#page=${last}`)
    expect(await page.isVisible('[data-next]')).toBe(false)
    await page.click('[data-previous]')
    expect(await page.textContent('.pager span')).toContain(`Rows ${(last - 2) * 100 + 1} to `)
  })
})

test('values sort within their metric, and the header says in which direction', async () => {
  await site.visit('experiments.html', async page => {
    await page.click('th[data-column=value] button')
    expect(await page.getAttribute('th[data-column=value]', 'aria-sort')).toBe('ascending')
    const values = (await cells(page, 'value')).map(Number)
    expect(values).toEqual([...values].sort((a, b) => a - b))
    await page.click('th[data-column=value] button')
    expect(await page.getAttribute('th[data-column=value]', 'aria-sort')).toBe('descending')
    expect(await page.textContent('#experiments .group')).toMatch(/val_bpb.* lower is better$/)
    await page.goto(site.url(`experiments.html#sort=-value&session=${sessions.accuracy}`))
    await page.waitForFunction(() => document.querySelectorAll('#experiments tbody tr').length === 14)
    expect(await page.locator('#experiments .group').count()).toBe(0)
  })
})

test('columns are chosen, and the address holds the choice', async () => {
  await site.visit('experiments.html', async page => {
    expect(await page.isVisible('th[data-column=knobs]')).toBe(false)
    await page.click('.columns summary')
    await page.check('#columns [value=knobs]')
    await page.uncheck('#columns [value=session]')
    expect(await page.isVisible('th[data-column=knobs]')).toBe(true)
    expect(await hash(page)).toMatch(/^#columns=experiment%2C.*knobs/)
    // Without its column the session stands below the description.
    expect((await cells(page, 'description'))[0]).toContain('nov21')
  })
})

test('on a phone the table has the columns that fit', async () => {
  await site.visit(
    'experiments.html',
    async page => {
      const titles = await page.locator('#experiments th:visible').allTextContents()
      expect(titles.map(title => title.trim())).toEqual(['#', 'Verdict', 'Description', 'Δ vs best'])
      const region = page.locator('.experiments .scroll')
      expect(await region.evaluate(element => element.scrollWidth - element.clientWidth)).toBe(0)
    },
    { width: 390 },
  )
})

test('a description is text, whatever it contains', async () => {
  await site.visit(`experiments.html#session=${sessions.last}`, async page => {
    expect(await cells(page, 'description')).toContain(hostile[2])
    expect(await page.locator('#experiments script, #experiments img').count()).toBe(0)
  })
})

test('without scripts the page says where the same rows are', async () => {
  await site.visit(
    'experiments.html',
    async page => {
      expect(await page.isVisible('#filter')).toBe(false)
      expect(await page.textContent('.unloaded')).toContain('The data files below have the same rows')
      expect(await page.locator('a[href="data/experiments.csv"]').isVisible()).toBe(true)
    },
    { javaScriptEnabled: false },
  )
})
