/** Where the built pages will be hosted: `pnpm site --base`, a path or a URL. */
import { Failure } from '../lib/errors.ts'

export interface Address {
  /** Path of the notebook's root, with slashes at both ends, e.g. "/notebook/". */
  base: string
  /** The full URL, if given, e.g. "https://example.org/notebook/". */
  url: string | null
}

/** @param text "/", "/notebook" or "https://example.org/notebook" @throws {Failure} for anything else */
export function addressOf(text: string): Address {
  const whole = /^https?:\/\//i.test(text)
  const url = URL.parse(text, 'http://any')
  // Two slashes would start a host name.
  const path = whole || /^\/(?![/\\])/.test(text)
  if (!url || !path || url.search || url.hash || url.username || url.password)
    throw new Failure(
      `--base ${JSON.stringify(text)} is not valid.`,
      'Use a path such as /notebook/, or a URL such as https://example.org/notebook/.',
    )
  const base = url.pathname.replace(/\/*$/, '/')
  return { base, url: whole ? `${url.origin}${base}` : null }
}
