/** A session's report: its source with references filled in, rendered as report.md. Pure. */
import type { Root, RootContent } from 'mdast'
import { knownOf } from './check/known.ts'
import { figuresOf } from './figureNames.ts'
import type { Picture } from './render/commonmark.ts'
import { type Figures, github } from './render/github.ts'
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

/** Where a report's figures can be seen as images. */
export interface Pictures {
  /** Public address of the notebook's pages, if published: their figures are shown from there. */
  site?: string | null
  /** Image files by figure, with paths relative to the document; these come first. */
  files?: ReadonlyMap<string, Picture>
}

/** The report as GitHub Markdown, with images where there are any, and else with charts that GitHub draws. */
export function markdown(input: ReportInput, source = template(input), pictures: Pictures = {}): string {
  const tree = resolved(input, source)
  return github(tree, figuresFor(tree, input, pictures))
}

/** The figures of a resolved tree by name: images where there are any, and else charts that GitHub draws. */
export function figuresFor(tree: Root, input: ReportInput, pictures: Pictures): Figures {
  const names = tree.children.flatMap(node => figureOf(node) ?? [])
  return new Map(names.map(name => [name, figureFor(name, input, pictures)]))
}

function figureFor(name: string, input: ReportInput, { site = null, files }: Pictures): RootContent[] {
  const file = files?.get(name)
  if (file) return [image(file.path, file.label)]
  const label = published[name]
  if (site !== null && label !== undefined) return [image(addressOf(site, input.session.id, name), label)]
  const chart = chartOf(name, input)
  return chart === null ? [] : [{ type: 'code', lang: 'mermaid', value: chart }]
}

/** The figure as a mermaid chart, which GitHub draws; null for a timeline, which mermaid cannot draw. */
function chartOf(name: string, { session: { metric }, experiments, digest }: ReportInput): string | null {
  if (name === 'frontier') return frontierChart(experiments, metric, digest.confirmed)
  if (name === 'waterfall') return keptChart(digest.kept, metric)
  const knob = digest.knobs.find(k => name === `knob.${k.id}`)
  return knob ? knobChart(knob, metric) : null
}

/** Figures that are published beside a session's page, with their alternative texts. */
const published: Record<string, string> = {
  frontier: 'Every experiment of the session by its verdict, and the best so far.',
  waterfall: 'What each kept change added.',
  timeline: 'The runs of the session by the hour.',
}

const image = (url: string, alt: string): RootContent => ({
  type: 'paragraph',
  children: [{ type: 'image', url, alt }],
})

const addressOf = (site: string, id: string, name: string): string =>
  new URL(`sessions/${encodeURIComponent(id)}/${name}.svg`, site.endsWith('/') ? site : `${site}/`).href
