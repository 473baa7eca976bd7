/** Renders figures as SVG and PNG files, drawn as on the pages, in light colours. */
import { join } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { writeAtomic } from '../lib/files/disk.ts'
import { toPng } from '../lib/png.ts'
import { type Markup, sanitizeRecord } from '../lib/text.ts'
import type { Picture } from '../report/render/commonmark.ts'
import type { ReportInput } from '../report/sections/parts.ts'

/** A file's name or path, and its content. */
export type Content = [path: string, content: string | Buffer]

/**
 * @param names names from `figuresOf`, and "loss.42" for an experiment's loss curve @returns the figures that the
 * session has, by name
 */
export async function drawFigures(
  input: ReportInput,
  folder: string,
  names: Iterable<string>,
): Promise<Map<string, Markup>> {
  // Loaded on demand: jsdom is slow to load.
  const [{ picture, lossPicture }, { view }] = await Promise.all([
    import('../../site/data/session/pictures.ts'),
    import('../../site/data/view.ts'),
  ])
  const { session, experiments, digest } = input
  const records = sanitizeRecord({ session, experiments, digest })
  const v = view({ kind: 'session', id: session.id, folder, ...records, report: null, prose: null })
  const found = new Map<string, Markup>()
  for (const name of names) {
    const number = /^loss\.(\d{1,6})$/.exec(name)?.[1]
    const experiment = experiments.find(e => e.number === Number(number))
    const svg = experiment ? lossPicture(v, experiment) : picture(v, name)
    if (svg !== null) found.set(name, svg)
  }
  return found
}

/** The same with what each shows in words. */
export async function drawWithLabels(
  input: ReportInput,
  folder: string,
  names: Iterable<string>,
): Promise<Map<string, { svg: Markup; label: string }>> {
  const drawn = await drawFigures(input, folder, names)
  return new Map([...drawn].map(([name, svg]) => [name, { svg, label: labelIn(svg) }]))
}

/** @param nameOf file name of a figure, without extension */
export async function toFiles(
  drawn: ReadonlyMap<string, Markup>,
  nameOf: (figure: string) => string,
): Promise<{ pictures: Map<string, Picture>; contents: Content[] }> {
  const pictures = new Map<string, Picture>()
  const contents: Content[] = []
  for (const [figure, svg] of drawn) {
    const name = nameOf(figure)
    // Twice the size, for high-density screens.
    const png = await toPng(svg, 2)
    pictures.set(figure, { path: `${name}.${png ? 'png' : 'svg'}`, label: labelIn(svg) })
    contents.push([`${name}.svg`, svg], ...(png ? [[`${name}.png`, png] as Content] : []))
  }
  return { pictures, contents }
}

export const inFolder = (folder: string, contents: Content[]): Content[] =>
  contents.map(([name, content]) => [join(folder, name), content])

/** @returns the paths @throws {Failure} if a file cannot be written */
export async function writeFiles(contents: Content[]): Promise<string[]> {
  // The report is first in the list and written last, when its figures exist.
  for (const [path, content] of contents.toReversed()) {
    try {
      await writeAtomic(path, content)
    } catch (cause) {
      throw new Failure(`${path} cannot be written.`, 'Choose a file in a writable folder.', { cause })
    }
  }
  return contents.map(([path]) => path)
}

/** The figure in words: its alternative text. */
export const labelIn = (svg: string): string =>
  (/aria-label="([^"]*)"/.exec(svg)?.[1] ?? '').replace(
    /&(amp|lt|gt|quot|nbsp);/g,
    (_, name: string) => entities[name] ?? '',
  )

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' }
