/** Where the notebook's pages are published, for those who read a report elsewhere. */
import { Failure } from '../lib/errors.ts'

/** `NIGHTSHIFT_SITE`, e.g. "https://example.org/notebook/"; null without it. @throws {Failure} when it is no such address */
export function publicAddress(given = process.env.NIGHTSHIFT_SITE): string | null {
  if (given === undefined || given === '') return null
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new Failure(
      `NIGHTSHIFT_SITE is “${given.slice(0, 100)}”, which is not the address of a site.`,
      'Give it as https://example.org/notebook/, or unset it.',
    )
  return url.href.endsWith('/') ? url.href : `${url.href}/`
}
