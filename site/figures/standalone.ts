/** A page's drawing as an SVG file with its own colours, fonts and background. */
import { escapeHtml, type Markup, removeUnwanted } from '../../scripts/lib/text.ts'
import { fitted, size } from './text.ts'

/** The style sheet's light colours: an SVG in a README cannot use the page's custom properties. */
const colours: Record<string, string> = {
  paper: '#fdfcf8',
  ink: '#1c1a17',
  soft: '#615c54',
  mark: '#8d877c',
  rule: '#dcd7cb',
  keep: '#1b559f',
  fill: '#1b559f',
  pale: '#c5d3e4',
  crash: '#ad4109',
  band: '#e9eef3',
}

/** Rules for the classes of a drawing's texts. */
export const textStyle = `text { fill: var(--ink); paint-order: stroke; }
.axis text, text.axis, .soft text, text.soft, .axis, .soft { fill: var(--soft); }
.axis path { stroke: var(--mark); }
.delta, .delta text { fill: var(--keep); font-weight: 700; }
.delta-ink, .delta-ink text { font-weight: 700; }
.on-keep, .on-keep text { fill: var(--paper); }`

/** What the page around a figure says, and a file would lack. */
export interface Heading {
  /** In bold: what the figure shows. */
  title: string
  /** Session, machine, counts. */
  source: string
}

/** Height of the two lines in pixels. */
const HEADING = 50

/** The same for an element whose texts were all set as text nodes. */
export const standaloneOf = (drawing: Element, heading: Heading | null): Markup =>
  standalone(drawing.outerHTML as Markup, heading)

/**
 * @param figure one drawing, or several widths, of which the first is used; not empty
 * @returns text of an SVG file with a margin of 24 pixels
 */
export function standalone(figure: Markup, heading: Heading | null): Markup {
  const svg = asXml(firstOf(figure))
  const [, width = 1000, height = 520] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)?.map(Number) ?? []
  const pad = 24
  const top = -pad - (heading ? HEADING : 0)
  const whole = { width: width + 2 * pad, height: height + pad - top }
  const box = `${-pad} ${top} ${whole.width} ${whole.height}`
  const paper = `<rect x="${-pad}" y="${top}" width="100%" height="100%" fill="var(--paper)"/>`
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" width="${whole.width}" height="${whole.height}" role="img" aria-label="${/aria-label="([^"]*)"/.exec(svg)?.[1]?.replaceAll('<', '&lt;') ?? ''}" text-anchor="middle" font-family="Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif" font-size="12">`
  // Browsers do not escape ">" in attributes, so quoted values are skipped as a whole.
  const body = svg.replace(/^<svg(?:[^>"]|"[^"]*")*>/, '')
  const text = `${open}<style>${textStyle}</style>${paper}${heading ? headingOf(heading, width) : ''}${body}\n`
  return inLight(text)
}

/** With the light colours in place of the page's custom properties. */
export const inLight = (svg: string): Markup =>
  svg.replace(/var\(--(\w+)\)/g, (_, name: string) => colours[name] ?? '#000') as Markup

function headingOf({ title, source }: Heading, width: number): string {
  const line = (text: string, y: number, px: number, look: string) =>
    `<text x="0" y="${y - HEADING}" text-anchor="start" font-size="${px}" ${look}>${escapeHtml(asXml(fitted(text, width, px)))}</text>`
  return line(title, 12, 17, 'font-weight="700"') + line(source, 31, size, 'class="soft"')
}

/** Removes characters that XML forbids, and bidirectional controls, from descriptions by others. */
export const asXml = (svg: string): string => removeUnwanted(svg).replaceAll('&nbsp;', '&#160;')

/**
 * The first drawing with its nested ones. Text is escaped, so every "<svg" is a tag; quoted attribute values are
 * skipped.
 */
function firstOf(figure: Markup): string {
  let depth = 0
  for (const { 0: tag, index } of figure.matchAll(/<svg\b(?:[^>"]|"[^"]*")*>|<\/svg>/g)) {
    depth += tag === '</svg>' ? -1 : 1
    if (depth === 0) return figure.slice(0, index + tag.length)
  }
  return figure
}
