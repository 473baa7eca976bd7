/** The only places where the site's sources insert markup into a page. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { notebook } from '../../scripts/lib/paths.ts'

/** APIs that treat text as markup or code. */
const door =
  /set:html|\b(?:inner|outer)HTML\b|insertAdjacentHTML|setHTML|DOMParser|document\.write|createContextualFragment|srcdoc|\beval\(|new Function|is:raw|dangerously/g
/** Casts that declare a text safe. */
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

/** Matches of the pattern by file. */
const found = (texts: Map<string, string>, what: RegExp): Record<string, readonly string[]> =>
  Object.fromEntries(
    [...texts]
      .map(([path, text]) => [path, [...new Set(text.match(what))]] as const)
      .filter(([, all]) => all.length > 0),
  )

test('markup enters a page through one component, besides the layout’s own style and scripts', async () => {
  expect(found(await sources('site', 'scripts/report', 'scripts/notebook/serve'), door)).toEqual({
    'site/components/Html.astro': ['set:html'],
    // Sources of site/scripts and site/styles; the page's policy has their hashes.
    'site/layouts/Page.astro': ['set:html'],
    // Serializes a drawing's elements in jsdom.
    'site/figures/svg.ts': ['outerHTML'],
    // The same for the comparison, in which every text is a text node.
    'site/figures/standalone.ts': ['outerHTML'],
    // Elements of the comparison, in which every text is a text node.
    'site/data/compare/defaultComparison.ts': ['outerHTML'],
    // Only the text of pagefind's excerpts is used; the nodes are discarded.
    'site/scripts/search.ts': ['DOMParser'],
    // A newer version of the page itself, which passed the same checks.
    'site/scripts/live.ts': ['DOMParser'],
  })
})

test('only sanitizers and figures declare a text as markup', async () => {
  expect(found(await sources('site', 'scripts'), claim)).toEqual({
    'scripts/report/render/html.ts': ['as Markup'],
    // Links around numbers in sanitized markup, and below a drawing.
    'site/data/session/report.ts': ['as Markup'],
    'site/data/compare/defaultComparison.ts': ['as Markup'],
    // Rows of a diff, with escaped code.
    'site/data/experiment/diffMarkup.ts': ['as Markup'],
    // Drawings with escaped captions.
    'site/data/session/pictures.ts': ['as Markup'],
    'site/figures/loss/curve.ts': ['as Markup'],
    'site/figures/standalone.ts': ['as Markup'],
    'site/figures/svg.ts': ['as Markup'],
  })
})
