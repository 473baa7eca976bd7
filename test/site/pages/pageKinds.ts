/** The tests' notebook open in a browser, with one page of each kind. */
import { expect } from 'vitest'
import { pageKinds } from '../../../bench/site/pageKinds.ts'
import { openSite, type Site } from '../../helpers/browser.ts'
import { builtSite } from '../../helpers/builtSite.ts'

const kinds = ['404', 'compare', 'experiment', 'home', 'ideas', 'knob', 'knobs', 'machines', 'search', 'session']

/** For `beforeAll`, with two minutes. Fails where a kind is missing: a loop over the rest would not show it. */
export async function openKinds(): Promise<{ site: Site; names: string[] }> {
  const { out } = await builtSite()
  const found = await pageKinds(out)
  expect([...found.keys()].sort()).toEqual(kinds)
  return { site: await openSite(out), names: [...found.values()] }
}
