/**
 * A page's Content-Security-Policy: its own style and scripts by their hashes, and connections to its own host only.
 * Without `connect-src 'self'` Lighthouse cannot fetch robots.txt and reports that the host does not answer.
 */
import { createHash } from 'node:crypto'
import { memoize } from '../../scripts/lib/memoize.ts'

/** Sources that a page needs besides its own, as the policy writes them: "'self'", "'wasm-unsafe-eval'". */
export interface Allowed {
  scripts?: string
}

/** All pages share one style and a few scripts. */
const hash = memoize(text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`, 100)

/** @param style text of the page's style element @param scripts sources of its scripts */
export function policy(style: string, scripts: string[], allowed: Allowed = {}): string {
  const own = [...scripts.map(hash), allowed.scripts].filter(Boolean).join(' ') || "'none'"
  return `default-src 'none'; style-src ${hash(style)}; script-src ${own}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'`
}
