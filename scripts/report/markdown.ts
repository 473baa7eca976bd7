/** The report of a night: its source with the references filled in, and report.md from that. Pure. */
import type { Root, RootContent } from 'mdast'
import { knownOf } from './check/known.ts'
import { figuresOf } from './figures.ts'
import { type Night, partsOf } from './parts.ts'
import { github } from './render/github.ts'
import { frontierChart } from './render/mermaid.ts'
import { resolve } from './resolve.ts'
import { template } from './template.ts'

/** The tree of a source; figures are left to the rendering. @throws {Failure} at a reference to nothing */
export function resolved(night: Night, source: string, href?: (experiment: number) => string | null): Root {
  const tables = partsOf(night)
  const known = knownOf(night.digest, figuresOf(night), tables.keys())
  return resolve(source, { ...known, tables, ...(href ? { href } : {}) })
}

/**
 * GitHub Markdown.
 * @param site public address of the notebook's pages, where they are published; then the frontier is a picture, too
 */
export function markdown(night: Night, source = template(night), site: string | null = null): string {
  const { session, experiments } = night
  const chart = frontierChart(experiments, session.metric)
  const frontier: RootContent[] = [
    ...(site === null ? [] : [pictureAt(site, session.id)]),
    ...(chart === null ? [] : [{ type: 'code' as const, lang: 'mermaid', value: chart }]),
  ]
  return github(resolved(night, source), new Map([['frontier', frontier]]))
}

function pictureAt(site: string, id: string): RootContent {
  const url = new URL(`sessions/${encodeURIComponent(id)}/frontier.svg`, site.endsWith('/') ? site : `${site}/`).href
  return {
    type: 'paragraph',
    children: [{ type: 'image', url, alt: 'The best so far over the experiments of the night.' }],
  }
}
