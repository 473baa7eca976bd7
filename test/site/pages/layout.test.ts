/** Every kind of page at phone and desktop widths, in both colour schemes. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Site } from '../../helpers/browser.ts'
import { sessions } from '../../helpers/exampleSessions.ts'
import { openKinds } from './pageKinds.ts'

let site: Site
let names: string[]

beforeAll(async () => {
  ;({ site, names } = await openKinds())
  names.push(`sessions/${sessions.nothing}/0000.html`)
}, 120_000)
afterAll(() => site?.close())

const papers = { light: 'rgb(253, 252, 248)', dark: 'rgb(22, 21, 19)' }

test('no page scrolls sideways or squeezes its text, nothing overlaps, a figure is drawn once, keys reach scrollable regions', async () => {
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
            unreachable: [],
            squeezed: [],
            undrawn: [],
          })
        }
    })
})

test('with forced colours figures use them too, whatever theme was chosen', async () => {
  const look = async (page: Page) => {
    await page.selectOption('.theme select', 'dark')
    const fill = page.locator('figure svg:visible text').first()
    expect(await fill.evaluate(text => getComputedStyle(text).fill)).toBe('rgb(0, 0, 0)')
    const disc = page.locator('figure svg:visible :is(circle, path[fill])').first()
    expect(await disc.evaluate(circle => getComputedStyle(circle).fill)).not.toBe('rgb(138, 182, 240)')
  }
  await site.visit('index.html', look, { forcedColors: 'active', colorScheme: 'light' })
})

/** Runs in the page. */
function measured() {
  const { scrollWidth } = document.documentElement
  const figures = [...document.querySelectorAll('figure')]
  const drawings = (figure: Element) =>
    [...figure.querySelectorAll('svg.plot')].filter(svg => svg.checkVisibility()).length
  return {
    over: scrollWidth - window.innerWidth,
    paper: getComputedStyle(document.documentElement).backgroundColor,
    covered: [...document.querySelectorAll('section > h2')].flatMap(textUnder),
    unreachable: [...document.querySelectorAll('main *')].filter(scrolls).flatMap(unnamed),
    squeezed: [...document.querySelectorAll<HTMLElement>('main p')].filter(squeezed).map(p => p.textContent),
    undrawn: figures.filter(figure => figure.checkVisibility() && drawings(figure) !== 1).map(f => f.textContent),
  }

  /** Text squeezed to a word per line. */
  function squeezed(text: HTMLElement): boolean {
    return text.checkVisibility() && text.offsetWidth < 90 && text.textContent.trim().length > 24
  }

  function scrolls(element: Element): boolean {
    const { overflowX, overflowY } = getComputedStyle(element)
    const [wide, high] = [element.scrollWidth > element.clientWidth, element.scrollHeight > element.clientHeight]
    return (/auto|scroll/.test(overflowX) && wide) || (/auto|scroll/.test(overflowY) && high)
  }

  /** Scrollable regions must be focusable, and have a name and a role. */
  function unnamed(element: Element): string[] {
    const isNamed = element.getAttribute('aria-label') && (element.role || element.matches('section'))
    return (element as HTMLElement).tabIndex === 0 && isNamed ? [] : [element.outerHTML.slice(0, 300)]
  }

  /** Text of its section that a side heading covers. */
  function textUnder(head: Element): string[] {
    const range = document.createRange()
    range.selectNodeContents(head)
    const a = range.getBoundingClientRect()
    const texts = head.parentElement?.querySelectorAll('th, td, p, li, pre, svg.plot, label') ?? []
    const on = [...texts].find(text => {
      const b = text.getBoundingClientRect()
      return b.width > 0 && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
    })
    return on ? [`${head.textContent} on ${on.textContent?.trim().slice(0, 30)}`] : []
  }
}
