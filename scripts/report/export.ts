/** The report as a file for somewhere else, with its figures: `pnpm report --out FILE --format …`. */
import { basename, dirname, extname, join } from 'node:path'
import type { Root } from 'mdast'
import { writeWhole } from '../lib/disk.ts'
import { Failure } from '../lib/errors.ts'
import type { Markup } from '../lib/markup.ts'
import { publicAddress } from './address.ts'
import { treeHtml } from './html.ts'
import { markdown, resolved } from './markdown.ts'
import { figuresOf, type Night } from './parts.ts'
import { openReport } from './read.ts'
import { commonmark, type Picture } from './render/commonmark.ts'
import { page } from './render/page.ts'

export const formats = ['github', 'commonmark', 'html'] as const
export type Format = (typeof formats)[number]

/** The format that was asked for, or that a file's name asks for. @throws {Failure} for another one */
export function formatOf(out: string, given: string | undefined): Format {
  const byName: Format = /\.html?$/i.test(out) ? 'html' : 'github'
  const found = formats.find(format => format === (given ?? byName))
  if (found) return found
  throw new Failure(`There is no format “${given}”.`, `Formats: ${formats.join(', ')}.`)
}

/**
 * Writes the report that a session's folder holds, figures beside it where the format has none of its own.
 * @returns the paths of what was written, the report first
 * @throws {Failure} when there is no report, or the file cannot be written
 */
export async function exportReport(folder: string, out: string, format: Format): Promise<string[]> {
  const { night, source } = await openReport(folder)
  if (format === 'github') return write([[out, markdown(night, source, publicAddress())]])
  const tree = resolved(night, source)
  if (format === 'html') return write([[out, await htmlPage(night, tree)]])
  const stem = basename(out, extname(out)).replace(/[^\w.-]+/g, '-')
  const { pictures, contents } = await draw(night, stem)
  const beside = contents.map(([name, content]): [string, string | Buffer] => [join(dirname(out), name), content])
  return write([[out, commonmark(tree, pictures)], ...beside])
}

async function write(contents: [path: string, content: string | Buffer][]): Promise<string[]> {
  // The report last: where it is, its figures are.
  for (const [path, content] of contents.toReversed()) {
    try {
      await writeWhole(path, content)
    } catch (cause) {
      throw new Failure(`${path} cannot be written.`, 'Name a file in a folder that can be written to.', { cause })
    }
  }
  return contents.map(([path]) => path)
}

async function htmlPage(night: Night, tree: Root): Promise<string> {
  const svg = figuresOf(night).has('frontier') ? await frontierOf(night) : null
  const figures = new Map(svg === null ? [] : [['frontier', svg]])
  return page(tree, await treeHtml(tree, figures))
}

/** Figures as SVG and, where this machine has fonts, as PNG, which every wiki shows. */
async function draw(
  night: Night,
  stem: string,
): Promise<{ pictures: Map<string, Picture>; contents: [string, string | Buffer][] }> {
  if (!figuresOf(night).has('frontier')) return { pictures: new Map(), contents: [] }
  const svg = await frontierOf(night)
  const png = await rasterised(svg)
  const name = `${stem}-frontier`
  const picture = { path: `${name}.${png ? 'png' : 'svg'}`, label: labelIn(svg) }
  return {
    pictures: new Map([['frontier', picture]]),
    contents: [[`${name}.svg`, svg], ...(png ? ([[`${name}.png`, png]] as [string, Buffer][]) : [])],
  }
}

/** Drawing needs jsdom, which takes longer to load than a report to write. */
async function frontierOf({ session, experiments, digest }: Night): Promise<Markup> {
  const { standaloneFrontier } = await import('../../site/figures/frontier.ts')
  return standaloneFrontier(session, experiments, digest)
}

/** null where the machine has no font: a chart without its words would mislead. */
async function rasterised(svg: string): Promise<Buffer | null> {
  const { Resvg } = await import('@resvg/resvg-js')
  const options = { font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans' } }
  const probe = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="15">a</text></svg>'
  if (new Resvg(probe, options).getBBox() === undefined) return null
  // Twice the size, for dense screens.
  return Buffer.from(new Resvg(svg, { ...options, fitTo: { mode: 'zoom', value: 2 } }).render().asPng())
}

const labelIn = (svg: string): string =>
  (/aria-label="([^"]*)"/.exec(svg)?.[1] ?? '').replace(
    /&(amp|lt|gt|quot|nbsp);/g,
    (_, name: string) => entities[name] ?? '',
  )

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' }
