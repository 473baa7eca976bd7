/** The kinds of pages of a built notebook, with the largest page of each. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * @param out folder of the built pages
 * @returns path of the largest page by kind, e.g. "experiment" → "sessions/x/0002.html"; pages at the root, each its
 * own kind, come first
 */
export async function pageKinds(out: string): Promise<Map<string, string>> {
  const names = (await readdir(out, { recursive: true })).filter(name => name.endsWith('.html')).sort()
  const pages = await Promise.all(names.map(async name => ({ name, bytes: (await stat(join(out, name))).size })))
  const kinds = new Map<string, string>()
  const least = pages.sort((a, b) => depth(a.name) - depth(b.name) || a.bytes - b.bytes)
  for (const { name } of least) kinds.set(kindOf(name), name)
  return kinds
}

const depth = (name: string): number => name.split('/').length

const kindOf = (name: string): string =>
  ({ 'index.html': 'home', 'knobs/index.html': 'knobs' })[name] ??
  ((/^sessions\/[^/]+\.html$/.test(name) && 'session') ||
    (/^sessions\//.test(name) && 'experiment') ||
    (/^knobs\//.test(name) && 'knob') ||
    name.replace('.html', ''))
