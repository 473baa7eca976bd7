/** A session's report: its source with references filled in, rendered as report.md. Pure. */
import type { Root, RootContent } from 'mdast'
import { knownOf } from './check/known.ts'
import { figuresOf } from './figureNames.ts'
import { github } from './render/github.ts'
import { frontierChart, keptChart, knobChart } from './render/mermaid.ts'
import { figureOf, resolve } from './resolve.ts'
import { partsOf, type ReportInput } from './sections/parts.ts'
import { foldedSections, template } from './sections/template.ts'

/** The Markdown tree of a source; renderings draw the figures. @throws {Failure} on an unknown reference */
export function resolved(input: ReportInput, source: string, href?: (experiment: number) => string | null): Root {
  const tables = partsOf(input)
  const known = knownOf(input.digest, figuresOf(input), tables.keys())
  return resolve(source, { ...known, tables, folded: foldedSections, ...(href ? { href } : {}) })
}

/**
 * The report as GitHub Markdown.
 * @param site public address of the notebook's pages, if published; the figures are then also linked as images
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

/** The figure as a mermaid chart, which GitHub draws; null for a timeline, which mermaid cannot draw. */
function chartOf(name: string, { session: { metric }, experiments, digest }: ReportInput): string | null {
  if (name === 'frontier') return frontierChart(experiments, metric)
  if (name === 'waterfall') return keptChart(digest.kept, metric)
  const knob = digest.knobs.find(k => name === `knob.${k.id}`)
  return knob ? knobChart(knob, metric) : null
}

/** Figures that are published beside a session's page, with their alternative texts. */
const published: Record<string, string> = {
  frontier: 'The best so far over the experiments of the session.',
  waterfall: 'What each kept change added.',
  timeline: 'The runs of the session by the hour.',
}

function pictureAt(site: string, id: string, name: string): RootContent {
  const url = new URL(`sessions/${encodeURIComponent(id)}/${name}.svg`, site.endsWith('/') ? site : `${site}/`).href
  return { type: 'paragraph', children: [{ type: 'image', url, alt: published[name] ?? '' }] }
}
