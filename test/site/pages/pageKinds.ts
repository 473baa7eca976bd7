/** The tests' notebook open in a browser, with one page of each kind. */
import { expect } from 'vitest'
import { pageKinds } from '../../../bench/site/pageKinds.ts'
import { openSite, type Site } from '../../helpers/browser.ts'
import { builtSite } from '../../helpers/builtSite.ts'

const kinds = [
  '404',
  'compare',
  'experiment',
  'experiments',
  'home',
  'ideas',
  'knob',
  'knobs',
  'machines',
  'search',
  'session',
]

/**
 * For `beforeAll`, with a two-minute timeout. Throws where a kind is missing, which a loop over the pages would not
 * notice.
 */
export async function openKinds(): Promise<{ site: Site; names: string[] }> {
  const { out } = await builtSite()
  const found = await pageKinds(out)
  expect([...found.keys()].sort()).toEqual(kinds)
  return { site: await openSite(out), names: [...found.values()] }
}
