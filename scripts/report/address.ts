/** The public address of the notebook's pages, for links from reports shown elsewhere. */
import { Failure } from '../lib/errors.ts'

/**
 * `NIGHTSHIFT_SITE`, e.g. "https://example.org/notebook/"; null if unset. @throws {Failure} if it is not a plain
 * http(s) URL
 */
export function publicAddress(given = process.env.NIGHTSHIFT_SITE): string | null {
  if (given === undefined || given === '') return null
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new Failure(
      `NIGHTSHIFT_SITE is “${given.slice(0, 100)}”, which is not a URL of a site.`,
      'Set it to a URL such as https://example.org/notebook/, or unset it.',
    )
  return url.href.endsWith('/') ? url.href : `${url.href}/`
}

/** The page of a session. @param site as `publicAddress` gives it */
export const sessionAddress = (site: string, id: string): string =>
  new URL(`sessions/${encodeURIComponent(id)}.html`, site).href
