/** All axe rules, best practices included, on every kind of page, in light and dark. */
import axe, { type RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Site } from '../../helpers/browser.ts'
import { openKinds } from './pageKinds.ts'

/** Rules that axe disables by default and Lighthouse checks. */
const more = { 'target-size': { enabled: true }, 'td-has-header': { enabled: true } }
/** Rules whose result depends on the colour scheme. */
const colours = ['color-contrast', 'link-in-text-block']
let site: Site
let names: string[]

beforeAll(async () => {
  ;({ site, names } = await openKinds())
}, 120_000)
afterAll(() => site?.close())

test('axe finds no violation on any kind of page, in light and in dark', async () => {
  for (const name of names)
    await site.visit(name, async page => {
      await page.evaluate(axe.source)
      expect.soft(await violations(page, { rules: more }), name).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      expect.soft(await violations(page, { runOnly: colours }), `${name} in dark`).toEqual([])
    })
}, 120_000)

/** e.g. "color-contrast: <a href=…>" */
async function violations(page: Page, options: RunOptions): Promise<string[]> {
  const run = (given: RunOptions) => (window as unknown as { axe: typeof axe }).axe.run(document, given)
  const results = await page.evaluate(run, { resultTypes: ['violations' as const], ...options })
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}
