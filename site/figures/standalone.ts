/** A page's drawing as an SVG file with its own colours, fonts and background. */
import { type Markup, removeUnwanted } from '../../scripts/lib/text.ts'

/** The style sheet's light colours: an SVG in a README cannot use the page's custom properties. */
const colours: Record<string, string> = {
  paper: '#fdfcf8',
  ink: '#1c1a17',
  soft: '#615c54',
  mark: '#8d877c',
  rule: '#dcd7cb',
  keep: '#1b559f',
  fill: '#1b559f',
  crash: '#ad4109',
  band: '#e9eef3',
}

const style = `text { fill: var(--ink); paint-order: stroke; }
.axis text, text.axis, .soft text, text.soft, .axis, .soft { fill: var(--soft); }
.axis path { stroke: var(--mark); }
.delta, .delta text { fill: var(--keep); font-weight: 700; }
.delta-ink, .delta-ink text { font-weight: 700; }
.on-keep, .on-keep text { fill: var(--paper); }`

/** The same for an element whose texts were all set as text nodes. */
export const standaloneOf = (drawing: Element): Markup => standalone(drawing.outerHTML as Markup)

/**
 * @param figure one drawing, or several widths, of which the first is used; not empty
 * @returns text of an SVG file with a margin of 24 pixels
 */
export function standalone(figure: Markup): Markup {
  const svg = asXml(firstOf(figure))
  const [, width = 1000, height = 520] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)?.map(Number) ?? []
  const pad = 24
  const box = `${-pad} ${-pad} ${width + 2 * pad} ${height + 2 * pad}`
  const paper = `<rect x="${-pad}" y="${-pad}" width="100%" height="100%" fill="var(--paper)"/>`
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" width="${width + 2 * pad}" height="${height + 2 * pad}" role="img" aria-label="${/aria-label="([^"]*)"/.exec(svg)?.[1]?.replaceAll('<', '&lt;') ?? ''}" text-anchor="middle" font-family="Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif" font-size="12">`
  // Browsers do not escape ">" in attributes, so quoted values are skipped as a whole.
  const body = svg.replace(/^<svg(?:[^>"]|"[^"]*")*>/, '')
  const whole = `${open}<style>${style}</style>${paper}${body}\n`
  return whole.replace(/var\(--(\w+)\)/g, (_, name: string) => colours[name] ?? '#000') as Markup
}

/** Removes characters that XML forbids, and bidirectional controls, from descriptions by others. */
const asXml = (svg: string): string => removeUnwanted(svg).replaceAll('&nbsp;', '&#160;')

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
