/** The report of a session: its source with the references filled in, and report.md from that. Pure. */
import type { Root, RootContent } from 'mdast'
import { knownOf } from './check/known.ts'
import { figuresOf } from './figureNames.ts'
import { github } from './render/github.ts'
import { frontierChart, keptChart, knobChart } from './render/mermaid.ts'
import { figureOf, resolve } from './resolve.ts'
import { partsOf, type ReportInput } from './sections/parts.ts'
import { template } from './sections/template.ts'

/** The tree of a source; figures are left to the rendering. @throws {Failure} at a reference to nothing */
export function resolved(input: ReportInput, source: string, href?: (experiment: number) => string | null): Root {
  const tables = partsOf(input)
  const known = knownOf(input.digest, figuresOf(input), tables.keys())
  return resolve(source, { ...known, tables, ...(href ? { href } : {}) })
}

/**
 * GitHub Markdown.
 * @param site public address of the notebook's pages, where they are published; then the session's figures are pictures, too
 */
export function markdown(input: ReportInput, source = template(input), site: string | null = null): string {
  const tree = resolved(input, source)
  const names = tree.children.flatMap(node => figureOf(node) ?? [])
  return github(tree, new Map(names.map(name => [name, figureFor(name, input, site)])))
}

function figureFor(name: string, input: ReportInput, site: string | null): RootContent[] {
  const chart = chartOf(name, input)
  return [
    ...(site === null || !(name in published) ? [] : [pictureAt(site, input.session.id, name)]),
    ...(chart === null ? [] : [{ type: 'code' as const, lang: 'mermaid', value: chart }]),
  ]
}

/** What GitHub draws by itself; a time line it cannot. */
function chartOf(name: string, { session: { metric }, experiments, digest }: ReportInput): string | null {
  if (name === 'frontier') return frontierChart(experiments, metric)
  if (name === 'waterfall') return keptChart(digest.kept, metric)
  const knob = digest.knobs.find(k => name === `knob.${k.id}`)
  return knob ? knobChart(knob, metric) : null
}

/** Figures that lie beside a session's page, and what they show. */
const published: Record<string, string> = {
  frontier: 'The best so far over the experiments of the session.',
  waterfall: 'What each kept change added.',
  timeline: 'The runs of the session by the hour.',
}

function pictureAt(site: string, id: string, name: string): RootContent {
  const url = new URL(`sessions/${encodeURIComponent(id)}/${name}.svg`, site.endsWith('/') ? site : `${site}/`).href
  return { type: 'paragraph', children: [{ type: 'image', url, alt: published[name] ?? '' }] }
}
