/** Where the site's sources let markup into a page: in these places and no other. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { notebook } from '../../scripts/lib/paths.ts'

/** Text that a page or a browser takes for markup or for code. */
const door =
  /set:html|\b(?:inner|outer)HTML\b|insertAdjacentHTML|setHTML|DOMParser|document\.write|createContextualFragment|srcdoc|\beval\(|new Function|is:raw|dangerously/g
/** Text that is said to be safe. */
const claim = /\bas (?:unknown as )?Markup\b/g

const sources = async (...folders: string[]): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  for (const folder of folders)
    for (const entry of await readdir(join(notebook, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && /\.(?:astro|ts|js|mjs)$/.test(path))
        found.set(relative(notebook, path), await readFile(path, 'utf8'))
    }
  return found
}

/** What of it each file has. */
const found = (texts: Map<string, string>, what: RegExp): Record<string, readonly string[]> =>
  Object.fromEntries(
    [...texts]
      .map(([path, text]) => [path, [...new Set(text.match(what))]] as const)
      .filter(([, all]) => all.length > 0),
  )

test('markup comes into a page by one component, beside the layout’s own style and scripts', async () => {
  expect(found(await sources('site', 'scripts/report', 'scripts/notebook/serve'), door)).toEqual({
    'site/components/Html.astro': ['set:html'],
    // Files of site/scripts and site/styles; their hashes are in the page's policy.
    'site/layouts/Page.astro': ['set:html'],
    // What jsdom makes of a drawing's elements.
    'site/figures/svg.ts': ['outerHTML'],
    // The same of the comparison's, in which every text was set as text.
    'site/figures/standalone.ts': ['outerHTML'],
    // Of the comparison's elements, in which every text was set as text.
    'site/data/compare/defaultComparison.ts': ['outerHTML'],
    // Of pagefind's excerpts the text alone is taken; the nodes are thrown away.
    'site/scripts/search.ts': ['DOMParser'],
    // A page of this notebook, drawn anew: it came in by the same component.
    'site/scripts/live.ts': ['DOMParser'],
  })
})

test('only what sanitises and what draws says of a text that it is markup', async () => {
  expect(found(await sources('site', 'scripts'), claim)).toEqual({
    'scripts/report/render/html.ts': ['as Markup'],
    // Links round numbers that stand in sanitised markup, and below a drawing.
    'site/data/session/report.ts': ['as Markup'],
    'site/data/compare/defaultComparison.ts': ['as Markup'],
    // Drawings with their captions, which are escaped.
    'site/data/session/pictures.ts': ['as Markup'],
    'site/figures/loss/curve.ts': ['as Markup'],
    'site/figures/standalone.ts': ['as Markup'],
    'site/figures/svg.ts': ['as Markup'],
  })
})
