/** Sessions side by side: figures of 2, 8 and 40 sessions, the URL hash, and the page in a browser. */
import { readFile } from 'node:fs/promises'
import { JSDOM } from 'jsdom'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compare } from '../../../scripts/compare/compare.ts'
import { rateSentences } from '../../../scripts/compare/rateSentences.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { sideOf } from '../../../scripts/compare/side.ts'
import { maker } from '../../../site/components/compare/make.ts'
import { results } from '../../../site/components/compare/results.ts'
import { forestOf } from '../../../site/data/compare/effects.ts'
import { frontiersOf } from '../../../site/data/compare/frontiers.ts'
import { addressText, defaultSelection, readAddress, selectionText } from '../../../site/data/compare/selection.ts'
import { answerOf, frontiersFinding } from '../../../site/data/compare/words.ts'
import { MAX_NAMED_LINES } from '../../../site/figures/compare/frame.ts'
import { frontiersFigure } from '../../../site/figures/compare/frontiers.ts'
import { spread } from '../../../site/figures/compare/lineEnds.ts'
import { axisOf, effectRow } from '../../../site/figures/compare/replication.ts'
import { openSite, type Site } from '../../helpers/browser.ts'
import { builtSite } from '../../helpers/builtSite.ts'
import { hostile, sessions, simulate } from '../../helpers/exampleSessions.ts'

const { document } = new JSDOM('').window
const make = maker(document)

/** The n-th test session: every third on another machine, some with a cost. */
function side(n: number, options: Partial<Parameters<typeof simulate>[0]> = {}): Side {
  const day = String(1 + (n % 28)).padStart(2, '0')
  const month = String(1 + Math.floor(n / 28)).padStart(2, '0')
  const machine = n % 3 === 2 ? 'cpu-abcd' : 'h100-kqzt'
  const id = `2026-${month}-${day}-${machine}-n${n}`
  const records = simulate({ id, experiments: 30 + n, startedAt: `2026-${month}-${day}T22:00:00Z`, ...options })
  return sideOf({ ...records, digest: null })
}
const forty = Array.from({ length: 40 }, (_, n) => side(n))

describe('the frontiers on one axis', () => {
  const figure = (count: number) => {
    const sides = forty.slice(0, count)
    const found = frontiersOf(sides, sides, 'experiments')
    if (!found) throw new Error('nothing to draw')
    return frontiersFigure(make, found.frontiers)
  }

  test.each([2, 8, 40])(
    'of %i sessions the lines with the largest gains are named and the others thin, in three widths',
    count => {
      const drawings = figure(count)
      expect(drawings.map(d => d.getAttribute('class'))).toEqual(['plot at-wide', 'plot at-middle', 'plot at-narrow'])
      for (const svg of drawings) {
        expect(svg.querySelectorAll('.strong .stairs')).toHaveLength(Math.min(count, MAX_NAMED_LINES))
        expect(svg.querySelectorAll('.faint .stairs')).toHaveLength(Math.max(0, count - MAX_NAMED_LINES))
        expect(svg.querySelectorAll('text.named')).toHaveLength(Math.min(count, MAX_NAMED_LINES))
        expect(svg.querySelectorAll('.confirmed circle')).toHaveLength(Math.min(count, MAX_NAMED_LINES))
        expect(svg.outerHTML).not.toMatch(/NaN|Infinity|undefined|style=/)
        expect(svg.getAttribute('aria-label')).toMatch(
          /^Change in val_bpb from each session's own baseline by experiments: /,
        )
      }
    },
  )

  test.each([2, 8, 40])('the names of %i sessions do not overlap and stay inside the figure', count => {
    for (const svg of figure(count)) {
      const heights = [...svg.querySelectorAll('text.named')]
        .map(t => Number(t.getAttribute('y')))
        .sort((a, b) => a - b)
      for (const [i, y] of heights.entries()) if (i > 0) expect(y - (heights[i - 1] ?? 0)).toBeGreaterThanOrEqual(14.9)
      expect(heights.at(0)).toBeGreaterThan(30)
      expect(heights.at(-1)).toBeLessThan(Number(svg.getAttribute('height')))
    }
  })

  test('names at the same height are moved one line apart, in their order', () => {
    expect(spread([100, 100, 100], 0, 120)).toEqual([90, 105, 120])
    expect(spread([50, 10], 0, 120)).toEqual([50, 10])
  })

  test('a colour is a machine and a dash one of its sessions', () => {
    const [wide] = figure(4)
    const strokes = [...(wide?.querySelectorAll('.strong > g') ?? [])].map(g => g.getAttribute('stroke'))
    const dashes = [...(wide?.querySelectorAll('.strong .stairs') ?? [])].map(p => p.getAttribute('stroke-dasharray'))
    expect(strokes).toEqual(['var(--keep)', 'var(--keep)', 'var(--crash)', 'var(--keep)'])
    expect(new Set([dashes[0], dashes[1], dashes[3]]).size).toBe(3)
  })

  test('a session without a known cost is left out of that axis, and named', () => {
    const sides = [side(0), side(1, { costUsd: 0.2 })]
    const found = frontiersOf(sides, sides, 'dollars')
    expect(found?.frontiers.lines.map(line => line.name)).toEqual(['n1'])
    expect(found?.without.map(s => s.tag)).toEqual(['n0'])
    // 30 experiments besides the baseline.
    expect(found?.frontiers.lines[0]?.end).toBeCloseTo(6, 6)
  })
})

describe('effects on one axis', () => {
  test('a dot is filled only when its interval excludes zero', () => {
    const fill = (interval: [number, number] | null) =>
      effectRow(make, { change: 1, interval }, 2, [0, 0])[0]?.querySelector('circle')?.getAttribute('fill')
    expect(fill([0.5, 1.5])).toBe('var(--keep)')
    expect(fill([-0.5, 2.5])).toBe('var(--paper)')
    expect(fill(null)).toBe('var(--paper)')
  })

  test('an extreme effect does not flatten the others: it is a triangle at the edge', () => {
    const usual = [1, 1.2, -0.8, 0.9, 1.1].map(change => ({ change, interval: null }))
    const half = axisOf([...usual, { change: -80, interval: null }])
    expect(half).toBeLessThan(4)
    const [row] = effectRow(make, { change: -80, interval: [-90, -70] }, half, [0, 0])
    expect(row?.querySelectorAll('.beyond')).toHaveLength(1)
    expect(row?.querySelectorAll('circle')).toHaveLength(0)
    expect(axisOf([])).toBe(1)
  })
})

test('the forest plot shows a few sessions per change, including the smallest and the largest gain', () => {
  const { replication, ...found } = compare(forty)
  const drawn = forestOf(forty, { replication, ...found })?.changes ?? []
  expect(drawn.length).toBeGreaterThan(2)
  for (const { name, lines, more } of drawn) {
    const cells = replication.find(row => row.name === name)?.cells ?? []
    const changes = cells.flatMap(({ gain }) => (gain === null ? [] : [-gain * 100 + 0]))
    const shown = lines.flatMap(({ effect }) => (effect === null ? [] : [effect.change]))
    expect(lines.length).toBeLessThanOrEqual(6)
    expect(lines.length + more).toBe(cells.length)
    expect([Math.min(...shown), Math.max(...shown)]).toEqual([Math.min(...changes), Math.max(...changes)])
  }
})

describe('the selection', () => {
  const known = new Set(['a', 'b,c', '2026-11-20-x'])

  test('a URL hash is read as it was written, for any characters in an id', () => {
    const given = { ids: ['b,c', 'a'], prices: { 'RTX 4090': 0.4, 'a:b,c&d': 2 } }
    expect(readAddress(addressText(given), known)).toEqual({ ...given, unknown: 0 })
  })

  test('unknown parts are counted and left out, and never throw', () => {
    expect(readAddress('#s=a,nix,%E0%A4%A,a&usd=H100:free,__proto__:1', known)).toEqual({
      ids: ['a'],
      prices: {},
      unknown: 4,
    })
    expect(readAddress('#content', known)).toBeNull()
    expect(readAddress('', known)).toBeNull()
    expect(readAddress('#s=', known)).toEqual({ ids: [], prices: {}, unknown: 0 })
  })

  test('the default is the newest sessions of the target with the most machines, with each machine', () => {
    const sides = forty.slice(0, 12)
    const other = { ...side(13), target: 'other.py' }
    const { ids: chosen, sameBudget } = defaultSelection([...sides, other])
    expect(sameBudget).toBe(true)
    expect(chosen).toHaveLength(6)
    expect(chosen).not.toContain(other.id)
    expect(chosen).toEqual([...chosen].sort())
    expect(chosen.at(-1)).toBe(sides[11]?.id)
    expect(chosen.some(id => id.includes('cpu'))).toBe(true)
  })

  test('sessions of another training time are left out, unless no two have the same', () => {
    const at = (n: number, budget: number | null) => ({ ...side(n), budget })
    const [a, b, c] = [at(0, 300), at(2, 300), at(5, 10)]
    expect(defaultSelection([a, b, c])).toEqual({ ids: [a.id, b.id], sameBudget: true })
    expect(defaultSelection([a, c])).toEqual({ ids: [a.id, c.id], sameBudget: false })
    expect(selectionText({ ids: [a.id, c.id], sameBudget: false }, 2)).toContain(
      'No two sessions have the same training',
    )
    // An unknown training time is not the same as another.
    expect(defaultSelection([at(0, null), at(2, null)]).sameBudget).toBe(false)
    expect(defaultSelection([a, { ...b, target: 'other.py' }])).toEqual({ ids: [], sameBudget: false })
  })
})

describe('the texts', () => {
  const prose = ['# Aim\n\nLower it.\nOne change at a time.\n', '# Aim\n\nLower it fast.\nOne change at a time.\n']
  const strange = side(2, { prose: prose.slice(1) })
  const pair = [
    side(0, { prose: prose.slice(0, 1), costUsd: 0.1 }),
    { ...strange, machine: { ...strange.machine, label: `cpu-abcd${hostile[2]}` }, target: hostile[3] ?? null },
  ]
  const hashes = pair.map(s => s.prose[0]?.hash ?? '')
  const texts = { [hashes[0] ?? '']: prose[0] ?? '', [hashes[1] ?? '']: prose[1] ?? '' }
  const files: Record<string, string> = {}
  const { answer, rest } = results(make, pair, texts, (name, text) => {
    files[name] = text
    return name
  })

  test('the answer counts the replicated changes', () => {
    expect(answer.querySelector('.lede')?.textContent).toBe(answerOf(compare(pair)))
    expect(answerOf({ replication: [] })).toMatch(/^No change was tried in more than one/)
  })

  test('no table contains absolute values that do not compare', () => {
    expect(answer.querySelector('.basis')?.textContent).toContain('are not comparable')
    const heads = (element: Element) => [...element.querySelectorAll('th')].map(th => th.textContent)
    expect(heads(rest)).not.toContain('Baseline')
    const same = results(make, forty.slice(0, 2), {}, name => name)
    expect(heads(same.rest)).toContain('Baseline')
  })

  test('only sessions whose interval is above zero count as confirmed', () => {
    const open = {
      ...side(2),
      confirmed: {
        gain: 0.9,
        interval: [-0.4, 2.2],
        seeds: 1,
        runs: '1 seed',
        verdict: 'inconclusive',
      } as Side['confirmed'],
    }
    expect(frontiersFinding([side(0), open], [side(0), open])).toMatch(
      /^Largest confirmed change: h100-kqzt, [\d.]+ ± [\d.]+% lower\. One session is not confirmed\.$/,
    )
    expect(frontiersFinding([open], [open])).toMatch(/^cpu-abcd: 90 ± 130% lower, inconclusive\.$/)
    const none = { ...side(0), confirmed: null }
    expect(frontiersFinding([none, { ...open, confirmed: null }], [none, open])).toMatch(
      /^No change is confirmed\. Best single runs/,
    )
  })

  test('a sentence says which machine gained more per hour, with the numbers', () => {
    const [hour, dollar] = rateSentences(pair, compare(pair))
    expect(hour).toMatch(/^Change per device-hour: cpu-abcd.+ [\d.]+% lower and h100-kqzt [\d.]+% lower\.$/)
    expect(dollar).toMatch(/^Change per dollar: h100-kqzt [\d.]+% lower\. Dollars are the cost of the agent only\.$/)
    expect(rateSentences([side(0), side(2)], compare([side(0), side(2)])).join(' ')).toContain(
      'agent costs are not recorded',
    )
  })

  test('sessions of less than a device-hour have no rate, but the gain in the time that all had', () => {
    const short = [side(0), side(2)].map((s, i) => ({
      ...s,
      deviceHours: { value: 0.2 + 0.6 * i, basis: 'runs' as const },
      frontier: s.frontier.map((step, at) => ({ ...step, deviceHours: at / 20 })),
    }))
    const [hour, , same] = rateSentences(short, compare(short))
    expect(hour).toBe('No session took a device-hour, so there is no rate per hour.')
    expect(same).toMatch(
      /^Best single runs in the first 12 min of device time, which all sessions had: .+% lower and .+% lower\.$/,
    )
  })

  test('versions of program.md are shown side by side, with changed words marked', () => {
    const diff = rest.querySelector('.diff.sides')
    expect([...(diff?.querySelectorAll('ins') ?? [])].map(e => e.textContent?.trim())).toEqual(['fast'])
    expect(diff?.querySelectorAll('tbody tr td')[0]?.textContent).toBe('# Aim')
  })

  test('text by others stays text, and the data files contain what is shown', () => {
    expect(rest.querySelectorAll('script, img, [onerror], [onload]')).toHaveLength(0)
    expect(rest.textContent).toContain('window.pwned')
    expect(JSON.parse(files['compare.json'] ?? '')).toMatchObject({ sides: pair.map(s => s.id) })
    const keeps = pair.reduce((sum, s) => sum + s.frontier.length, 0)
    expect(files['compare.csv']?.trimEnd().split('\r\n')).toHaveLength(keeps + 1)
    expect(files['replication.csv']).toMatch(/^change,by,label,way,session,experiments,step,gain,half,outcome\r\n/)
    const names = Object.keys(files).filter(name => name.endsWith('.svg'))
    expect(names).toEqual(['compare.svg', 'compare.hours.svg', 'compare.dollars.svg'])
    for (const name of names) {
      const drawn = new JSDOM(files[name], { contentType: 'image/svg+xml' }).window.document
      expect(drawn.querySelectorAll('svg, script, image, a, [onerror], [onload]')).toHaveLength(1)
      expect(rest.querySelector(`a[href="${name}"]`)?.textContent).toBe('SVG')
    }
  })

  test('a comparison of forty sessions stays small', () => {
    const shown = results(make, forty, {}, name => name)
    expect(shown.rest.querySelectorAll('.effects tbody').length).toBeLessThanOrEqual(12 + 60 + 60)
    expect(shown.rest.querySelectorAll('figure')).toHaveLength(3)
  })
})

describe('the page', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite((await builtSite()).out)
  }, 120_000)
  afterAll(() => site?.close())

  const both = `compare.html#s=${sessions.demo},${sessions.long}`

  test('without scripts the page compares the newest sessions of the target with the most machines', () =>
    site.visit(
      'compare.html',
      async page => {
        await page.locator('text=Did it replicate?').waitFor()
        expect(await page.locator('figure:visible').count()).toBe(1)
        await page.locator('label', { hasText: 'by hour' }).click()
        await page.locator('figure.by-hours').waitFor()
        expect(await page.locator('figure:visible').count()).toBe(1)
        expect(await page.locator('.pick').isVisible()).toBe(false)
        expect(await page.locator('.effects tbody').count()).toBeGreaterThan(3)
      },
      { javaScriptEnabled: false },
    ))

  test('a selection is stored in the URL and restored by reload and back button', () =>
    site.visit('compare.html', async page => {
      await page.locator('.pick summary').click()
      await page.locator('button', { hasText: 'None' }).click()
      await page.locator('.note', { hasText: 'Choose two or more sessions' }).waitFor()
      expect(await page.locator('.compared').isVisible()).toBe(false)
      await page.locator(`#pick input[value="${sessions.demo}"]`).check()
      await page.locator(`#pick input[value="${sessions.long}"]`).check()
      await page.locator('.by-experiments .at-wide .strong .stairs').nth(1).waitFor()
      expect(page.url()).toBe(site.url(both))
      await page.reload()
      await page.locator('#chosen', { hasText: '2 of 6' }).waitFor()
      const lines = page.locator('.by-experiments .at-wide .strong .stairs')
      await expect.poll(() => lines.count()).toBe(2)
      await page.locator('.compared .table:not(.effects) a').first().click()
      await page.locator('.ledger').first().waitFor()
      await page.goBack()
      await expect.poll(() => lines.count()).toBe(2)
      expect(page.url()).toBe(site.url(both))
    }))

  test('unknown sessions in the URL are left out, with a note', () =>
    site.visit(`${both},nix,<img src=x onerror="window.pwned=1">`, async page => {
      await page.locator('.note', { hasText: 'Two parts of the address are unknown here' }).waitFor()
      await expect.poll(() => page.locator('.by-experiments .at-wide .strong .stairs').count()).toBe(2)
    }))

  test('a price per device-hour gives the cost, and is stored in the URL', () =>
    site.visit(both, async page => {
      await page.locator('.pick summary').click()
      await page.locator('.prices input').first().fill('2.5')
      await page.keyboard.press('Tab')
      await page.locator('th', { hasText: 'Per US$' }).waitFor()
      expect(page.url()).toMatch(/&usd=\w+:2\.5$/)
      await page.locator('label', { hasText: 'by cost' }).click()
      expect(await page.locator('figure:visible').getAttribute('class')).toBe('by-dollars')
    }))

  test('keys reach the marks of the visible axis, also after another selection', () =>
    site.visit(both, async page => {
      await expect.poll(() => page.locator('.by-experiments .at-wide .strong .stairs').count()).toBe(2)
      await page.locator('label', { hasText: 'by hour' }).click()
      await page.locator('.by-hours [role=slider]').focus()
      await page.keyboard.press('ArrowRight')
      await page.locator('.by-hours .tip', { hasText: '#' }).waitFor()
    }))

  test('a phone shows it without horizontal scrolling, and data links are those of the selection', () =>
    site.visit(
      both,
      async page => {
        await expect.poll(() => page.locator('.by-experiments .at-narrow .strong .stairs').count()).toBe(2)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
        const saved = page.waitForEvent('download')
        await page.locator('figure.by-experiments a', { hasText: 'data' }).click()
        const file = await (await saved).path()
        expect(JSON.parse(await readFile(file, 'utf8')).sides).toEqual([sessions.demo, sessions.long])
      },
      { width: 360 },
    ))
})
