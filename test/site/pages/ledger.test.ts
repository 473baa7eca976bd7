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
    expect(await page.textContent('.ledger output')).toBe(`${found.length} of 126`)
    await page.click('.filters >> text=discarded')
    expect(await numbers()).toEqual([])
    await page.click('.filters >> text=all')
    await page.fill('.ledger input[type=search]', '')
    const option = page.locator('.ledger option').nth(1)
    const [theme, count] = (await option.textContent())?.split(' ') ?? []
    await page.selectOption('.ledger select', theme ?? '')
    expect(await numbers()).toHaveLength(Number(count))
    expect(await page.locator('.ledger tr:visible td:nth-child(7)').first().textContent()).toBe(theme)
  })
})
