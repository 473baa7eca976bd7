/** Every kind of page at the widths of phones and desks, in both colour schemes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageKinds } from '../../scripts/bench/pageKinds.ts'
import { nights } from '../notebook.ts'
import { builtSite } from './built.ts'
import { openSite, type Site } from './visit.ts'

let site: Site
let names: string[]

beforeAll(async () => {
  const { out } = await builtSite()
  names = [...(await pageKinds(out)).values(), `sessions/${nights.nothing}/0000.html`]
  site = await openSite(out)
}, 120_000)
afterAll(() => site?.close())

const papers = { light: 'rgb(253, 252, 248)', dark: 'rgb(22, 21, 19)' }

test('nothing scrolls sideways or covers anything, and of each figure one drawing is shown', async () => {
  expect(names.length).toBeGreaterThan(8)
  for (const name of names)
    await site.visit(name, async page => {
      for (const width of [320, 390, 1440])
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize({ width, height: 900 })
          await page.emulateMedia({ colorScheme })
          expect(await page.evaluate(measured), `${name} at ${width} in ${colorScheme}`).toEqual({
            over: 0,
            paper: papers[colorScheme],
            covered: [],
            drawings: await page.locator('figure').evaluateAll(figures => figures.map(() => 1)),
          })
        }
    })
})

/** Run in the page. */
function measured() {
  const { scrollWidth } = document.documentElement
  const shown = (figure: Element) =>
    [...figure.querySelectorAll('svg.plot')].filter(svg => svg.checkVisibility()).length
  return {
    over: scrollWidth - window.innerWidth,
    paper: getComputedStyle(document.documentElement).backgroundColor,
    covered: [...document.querySelectorAll('section > h2')].flatMap(textUnder),
    drawings: [...document.querySelectorAll('figure')].map(shown),
  }

  /** Text of its section that a side head lies on. */
  function textUnder(head: Element): string[] {
    const range = document.createRange()
    range.selectNodeContents(head)
    const a = range.getBoundingClientRect()
    const texts = head.parentElement?.querySelectorAll('th, td, p, li, pre, svg, label') ?? []
    const on = [...texts].find(text => {
      const b = text.getBoundingClientRect()
      return b.width > 0 && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
    })
    return on ? [`${head.textContent} on ${on.textContent?.trim().slice(0, 30)}`] : []
  }
}
