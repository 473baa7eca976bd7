/** Writes a comparison's figures: `pnpm compare A B --figures DIR`. */
import type { Comparison, Side } from '../compare/schema.ts'
import { Failure } from '../lib/errors.ts'
import { inFolder, toFiles, writeFiles } from './pictures.ts'

/**
 * Writes the figures as SVG and, if this machine has fonts, as PNG; existing files are replaced.
 * @returns the paths of the written files
 * @throws {Failure} if there is nothing to draw, or a file cannot be written
 */
export async function exportFigures(sides: Side[], found: Comparison, out: string): Promise<string[]> {
  // Loaded on demand: jsdom is slow to load.
  const [{ JSDOM }, { maker }, { comparePictures }] = await Promise.all([
    import('jsdom'),
    import('../../site/components/compare/make.ts'),
    import('../../site/data/compare/pictures.ts'),
  ])
  const drawn = comparePictures(maker(new JSDOM('').window.document), sides, found)
  if (drawn.size === 0)
    throw new Failure('There is nothing to draw: no session measured its baseline.', 'Omit --figures.')
  const { contents } = await toFiles(drawn, name => name)
  return writeFiles(inFolder(out, contents))
}
