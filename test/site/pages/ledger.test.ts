/** The ledger of a session: sorting and filtering. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSite, type Site } from '../../helpers/browser.ts'
import { builtSite } from '../../helpers/builtSite.ts'
import { sessions } from '../../helpers/exampleSessions.ts'

let site: Site

beforeAll(async () => {
  site = await openSite((await builtSite()).out)
}, 120_000)
afterAll(() => site?.close())

test('the ledger sorts by its headers, both ways, with empty cells last', async () => {
  await site.visit(`sessions/${sessions.long}.html`, async page => {
    const column = () =>
      page.$$eval('.ledger tbody tr', rows => rows.map(r => r.children[3]?.getAttribute('data-value') ?? ''))
    const sorted = (down: boolean) => async () => {
      const values = await column()
      const known = values.filter(v => v !== '').map(Number)
      expect(known.length).toBeGreaterThan(100)
      expect(values.slice(known.length).every(v => v === '')).toBe(true)
      expect(known).toEqual([...known].sort((a, b) => (down ? b - a : a - b)))
    }
    expect((await column()).length).toBe(126)
    await page.click('.ledger th >> text=val_bpb')
    await sorted(false)()
    expect(await page.getAttribute('.ledger th:nth-child(4)', 'aria-sort')).toBe('ascending')
    await page.click('.ledger th >> text=val_bpb')
    await sorted(true)()
    await page.click('.ledger th >> text=#')
    expect(await page.locator('.ledger tbody tr').first().getAttribute('id')).toBe('e0')
  })
})

test('the ledger filters by status', async () => {
  await site.visit(`sessions/${sessions.long}.html`, async page => {
    const visible = () => page.locator('.ledger tbody tr:visible').count()
    expect(await visible()).toBe(126)
    const label = await page.locator('.filters label', { hasText: 'discarded' }).textContent()
    await page.click('.filters >> text=discarded')
    expect(await visible()).toBe(Number(label?.match(/\d+/)?.[0]))
    await page.click('.filters >> text=all')
    expect(await visible()).toBe(126)
  })
})

test('the ledger filters by text and by theme, combined with the status', async () => {
  await site.visit(`sessions/${sessions.long}.html`, async page => {
    const numbers = () => page.$$eval('.ledger tbody tr', rows => rows.filter(r => r.checkVisibility()).map(r => r.id))
    await page.fill('.ledger input[type=search]', 'heads good')
    const found = await numbers()
    expect(found.length).toBeGreaterThan(0)
    for (const id of found) expect(await page.textContent(`#${id} .what`)).toMatch(/HEADS .*good/)
    expect(await page.textContent('.ledger output')).toBe(`${found.length} of 126 rows`)
    await page.click('.filters >> text=discarded')
    expect(await numbers()).toEqual([])
    await page.click('.filters >> text=all')
    await page.fill('.ledger input[type=search]', '')
    const option = page.locator('.ledger option').nth(1)
    const [theme, count] = (await option.textContent())?.split(' ') ?? []
    await page.selectOption('.ledger select', theme ?? '')
    expect(await numbers()).toHaveLength(Number(count))
    const column = await page.$$eval('.ledger th', all => all.findIndex(th => th.textContent === 'Theme'))
    expect(
      await page
        .locator(`.ledger tr:visible td:nth-child(${column + 1})`)
        .first()
        .textContent(),
    ).toBe(theme)
  })
})

test('the ledger has a label and P(real) of each kept change, times, and says how to read its bars', async () => {
  await site.visit(`sessions/${sessions.long}.html`, async page => {
    const heads = await page.locator('.ledger th').allTextContents()
    expect(heads.map(head => head.trim())).toEqual([
      '#',
      'Status•',
      'Change',
      'val_bpb',
      'Δ vs best',
      'betterworse',
      'Label',
      'P(real)',
      'Time',
      'Theme',
      'GB',
    ])
    const cells = (row: string, head: string) =>
      page.locator(`.ledger tr.${row} td:nth-child(${heads.indexOf(head) + 1})`).allTextContents()
    expect(new Set(await cells('discard', 'Label'))).toEqual(new Set(['']))
    for (const label of await cells('keep', 'Label'))
      expect(label).toMatch(/^(confirmed|likely|unproven|too few runs|refuted)$/)
    for (const chance of await cells('keep', 'P(real)')) expect(chance).toMatch(/^>?\d+%$/)
    for (const time of await cells('discard', 'Time')) expect(time).toMatch(/^\d+ min \d\d s$/)
    expect(await page.locator('.ledger .meta').first().textContent()).toMatch(
      /^Bars show Δ vs best up to ±0\.\d+; a bar with a notch is longer\. The band is ±2σ, the noise of one run\.$/,
    )
  })
})

test('a phone shows the kept changes of a long ledger first, and all of them at a choice without scripts', async () => {
  await site.visit(
    `sessions/${sessions.long}.html`,
    async page => {
      const rows = page.locator('.ledger tbody tr')
      const kept = await page.locator('.ledger tbody tr.keep').count()
      expect(await rows.filter({ visible: true }).count()).toBe(kept + 1)
      const height = (await page.locator('.ledger tr.keep:visible').last().boundingBox())?.height
      expect(height).toBeLessThan(80)
      await page.click('.show-all')
      expect(await rows.filter({ visible: true }).count()).toBe(126)
      expect(await page.isVisible('.show-all')).toBe(false)
      await page.click('.filters >> text=kept and baseline')
      expect(await rows.filter({ visible: true }).count()).toBe(kept + 1)
    },
    { width: 390, javaScriptEnabled: false },
  )
})
