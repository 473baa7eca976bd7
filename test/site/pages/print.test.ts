/** The pages on A4. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Site } from '../../helpers/browser.ts'
import { openKinds } from './pageKinds.ts'

let site: Site
let names: string[]

beforeAll(async () => {
  ;({ site, names } = await openKinds())
}, 120_000)
afterAll(() => site?.close())

const inch = 96
/** Printable area in pixels: 210 by 297 mm without the margins of site/styles/print.css. */
const sheet = { width: Math.floor((178 / 25.4) * inch), height: Math.floor((265 / 25.4) * inch) }

test('each kind of page is printed in light colours, with unbroken figures and without interactive elements', async () => {
  for (const name of names)
    await site.visit(
      name,
      async page => {
        await page.emulateMedia({ media: 'print' })
        expect(await page.evaluate(printed, sheet.height), name).toEqual({
          paper: 'rgb(255, 255, 255)',
          ink: 'rgb(28, 26, 23)',
          over: [],
          cut: [],
          undrawn: [],
          controls: 0,
        })
      },
      { width: sheet.width, colorScheme: 'dark' },
    )
})

test('a session is printed on A4, with the URLs of its data', async () => {
  const session = names.find(name => /^sessions\/[^/]+\.html$/.test(name)) ?? ''
  await site.visit(session, async page => {
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    expect(new Set(pdf.match(/\/MediaBox \[[^\]]+\]/g))).toEqual(new Set(['/MediaBox [0 0 594.95996 841.91998]']))
    expect(pdf.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(4)
    await page.emulateMedia({ media: 'print' })
    const said = page.locator('figcaption a').first()
    expect(await said.evaluate(a => getComputedStyle(a, '::after').content)).toMatch(/experiments\.json/)
  })
})

/** Runs in the page. @param height of a sheet in pixels */
function printed(height: number) {
  const style = getComputedStyle(document.documentElement)
  const shown = (element: Element) => element.checkVisibility()
  const figures = [...document.querySelectorAll('figure')].filter(shown)
  const drawings = (figure: Element) => [...figure.querySelectorAll('svg.plot')].filter(shown).length
  const beyond = (element: Element) => element.getBoundingClientRect().right > window.innerWidth + 1
  const whole = (figure: Element) =>
    getComputedStyle(figure).breakInside === 'avoid' && figure.getBoundingClientRect().height < height
  return {
    paper: style.backgroundColor,
    ink: style.color,
    over: [...document.querySelectorAll('body :not(svg *)')].filter(beyond).map(element => element.textContent),
    cut: figures.filter(figure => !whole(figure)).map(figure => figure.textContent),
    undrawn: figures.filter(figure => drawings(figure) !== 1).map(figure => figure.textContent),
    controls: [...document.querySelectorAll('nav[aria-label=Notebook], .skip, select, input, form')].filter(shown)
      .length,
  }
}
