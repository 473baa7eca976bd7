/** Exports a report and its figures: `pnpm report --out FILE --format …`, `--figures DIR`. */
import { basename, dirname, extname, join, relative } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { publicAddress } from '../report/address.ts'
import { figuresOf } from '../report/figureNames.ts'
import { markdown, resolved } from '../report/markdown.ts'
import { openReport } from '../report/read.ts'
import { commonmark } from '../report/render/commonmark.ts'
import { treeHtml } from '../report/render/html.ts'
import { page } from '../report/render/page.ts'
import { figureOf } from '../report/resolve.ts'
import { type Content, drawFigures, inFolder, labelIn, toFiles, writeFiles } from './pictures.ts'

export const formats = ['github', 'commonmark', 'html'] as const
export type Format = (typeof formats)[number]

/** The given format, else the one implied by the file name. @throws {Failure} for an unknown format */
export function formatOf(out: string, given: string | undefined): Format {
  const byName: Format = /\.html?$/i.test(out) ? 'html' : 'github'
  const found = formats.find(format => format === (given ?? byName))
  if (found) return found
  throw new Failure(`There is no format “${given}”.`, `Use one of: ${formats.join(', ')}.`)
}

/**
 * Writes a session's report in a format, with figures beside it for CommonMark.
 * @param figures for GitHub: folder for the figures, which the report then shows as images; null: as charts that GitHub draws
 * @returns the paths of the written files, the report first
 * @throws {Failure} if there is no report, or a file cannot be written
 */
export async function exportReport(
  folder: string,
  out: string,
  format: Format,
  figures: string | null = null,
): Promise<string[]> {
  const { input, source } = await openReport(folder)
  const site = publicAddress()
  if (format === 'github' && figures === null) return writeFiles([[out, markdown(input, source, { site })]])
  const tree = resolved(input, source)
  const drawn = await drawFigures(input, folder, new Set(tree.children.flatMap(node => figureOf(node) ?? [])))
  if (format === 'html') return writeFiles([[out, page(tree, await treeHtml(tree, drawn))]])
  if (format === 'github' && figures !== null) {
    // GitHub shows SVG, which is smaller and sharp at any size.
    const path = (name: string) => join(figures, `${name}.svg`)
    const files = new Map(
      [...drawn].map(([name, svg]) => [
        name,
        { path: relative(dirname(out), path(name)).replaceAll('\\', '/'), label: labelIn(svg) },
      ]),
    )
    const written = [...drawn].map(([name, svg]): Content => [path(name), svg])
    return writeFiles([[out, markdown(input, source, { files })], ...written])
  }
  const stem = basename(out, extname(out)).replace(/[^\w.-]+/g, '-')
  const { pictures, contents } = await toFiles(drawn, name => `${stem}-${name}`)
  return writeFiles([[out, commonmark(tree, pictures)], ...inFolder(dirname(out), contents)])
}

/**
 * Writes a session's figures as SVG and, if this machine has fonts, as PNG.
 * @param names figures to write; empty: all but the loss curves
 * @returns the paths of the written files
 * @throws {Failure} if there is no report, the session lacks a figure, or a file cannot be written
 */
export async function exportFigures(folder: string, out: string, names: string[]): Promise<string[]> {
  const { input } = await openReport(folder)
  const all = figuresOf(input)
  const drawn = await drawFigures(input, folder, names.length > 0 ? names : all)
  const missing = names.filter(name => !drawn.has(name))
  if (missing.length > 0)
    throw new Failure(
      `The session has no figure ${missing.join(', ')}.`,
      `Figures: ${[...all].join(', ') || 'none'}; and loss.N for an experiment N with a loss curve.`,
    )
  const { contents } = await toFiles(drawn, name => name)
  return writeFiles(inFolder(out, contents))
}
