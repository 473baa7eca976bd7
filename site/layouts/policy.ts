/**
 * A page's Content-Security-Policy: its own style and scripts by their hashes, and nothing else from anywhere but its own
 * host: without that Lighthouse cannot ask for robots.txt, and says that the host does not answer.
 */
import { createHash } from 'node:crypto'

/** What a page needs beyond its own text, as the policy names it: "'self'", "'wasm-unsafe-eval'". */
export interface Allowed {
  scripts?: string
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** @param style text of the page's one style element @param scripts texts of its scripts */
export function policy(style: string, scripts: string[], allowed: Allowed = {}): string {
  const own = [...scripts.map(hash), allowed.scripts].filter(Boolean).join(' ') || "'none'"
  return `default-src 'none'; style-src ${hash(style)}; script-src ${own}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'`
}
