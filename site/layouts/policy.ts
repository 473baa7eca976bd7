/** A page's Content-Security-Policy: its own style and scripts by their hashes, and nothing else from anywhere. */
import { createHash } from 'node:crypto'

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** @param style text of the page's one style element @param scripts texts of its scripts */
export function policy(style: string, scripts: string[]): string {
  const allowed = scripts.length > 0 ? scripts.map(hash).join(' ') : "'none'"
  return `default-src 'none'; style-src ${hash(style)}; script-src ${allowed}; img-src data:; base-uri 'none'; form-action 'none'`
}
