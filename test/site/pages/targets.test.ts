/** The size of what a finger must hit, on a phone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Site } from '../../helpers/browser.ts'
import { openKinds } from './pageKinds.ts'

let site: Site
let names: string[]

beforeAll(async () => {
  ;({ site, names } = await openKinds())
}, 120_000)
afterAll(() => site?.close())

test('on a phone every link, button and field is at least 24 pixels high and wide, or is part of a sentence', async () => {
  for (const name of names)
    await site.visit(
      name,
      async page => {
        const { small, count } = await page.evaluate(targets)
        expect(small, name).toEqual([])
        expect(count, name).toBeGreaterThan(5)
      },
      { width: 390 },
    )
})

/** Runs in the page, with every folded part open. */
function targets(): { small: string[]; count: number } {
  for (const part of document.querySelectorAll('details')) part.open = true
  const all = [...document.querySelectorAll<HTMLElement>('a[href], button, summary, select, input, label')]
  const shown = all.filter(
    element => element.checkVisibility() && !element.closest('svg') && !element.matches('.skip') && isTarget(element),
  )
  const small = shown.filter(element => {
    const { width, height } = element.getBoundingClientRect()
    return (height < 23.9 || width < 23.9) && !isInSentence(element)
  })
  return { small: small.map(e => `${e.parentElement?.className} ${e.outerHTML.slice(0, 90)}`), count: shown.length }

  /** A choice is hit by its label; the label of another field is not a target of its own. */
  function isTarget(element: HTMLElement): boolean {
    if (element.matches('label')) return element.querySelector('[type=radio], [type=checkbox]') !== null
    return !element.matches('[type=radio], [type=checkbox]')
  }

  /** Whether words stand beside the link. */
  function isInSentence(element: HTMLElement): boolean {
    const around = element.parentElement?.cloneNode(true) as HTMLElement
    for (const link of around.querySelectorAll('a, button')) link.remove()
    return element.matches('a, button') && /\p{L}{2}/u.test(around.textContent)
  }
}
