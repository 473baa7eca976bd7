/** Where the built pages will lie: `pnpm site --base`, a path of a host or a whole address. */
import { Failure } from '../lib/errors.ts'

export interface Address {
  /** Path of the notebook's root, with a slash at both ends, e.g. "/notebook/". */
  base: string
  /** The whole address, where it was given, e.g. "https://example.org/notebook/". */
  url: string | null
}

/** @param text "/", "/notebook" or "https://example.org/notebook" @throws {Failure} at anything else */
export function addressOf(text: string): Address {
  const whole = /^https?:\/\//i.test(text)
  const url = URL.parse(text, 'http://any')
  // Two slashes would be another host's name.
  const path = whole || /^\/(?![/\\])/.test(text)
  if (!url || !path || url.search || url.hash || url.username || url.password)
    throw new Failure(
      `--base is ${JSON.stringify(text)}.`,
      'It is the path of the pages on their host, as /notebook/, or the whole address, as https://example.org/notebook/.',
    )
  const base = url.pathname.replace(/\/*$/, '/')
  return { base, url: whole ? `${url.origin}${base}` : null }
}
