/** A comparison's figures as files: `pnpm compare A B --figures DIR`. */

import type { Comparison, Side } from '../compare/schema.ts'
import { Failure } from '../lib/errors.ts'
import { inFolder, toFiles, writeFiles } from './pictures.ts'

/**
 * Writes them as SVG and, where this machine has fonts, as PNG; what is there under their names is replaced.
 * @returns the paths of what was written
 * @throws {Failure} when there is nothing to draw, or a file cannot be written
 */
export async function exportFigures(sides: Side[], found: Comparison, out: string): Promise<string[]> {
  // jsdom takes longer to load than a comparison to make.
  const [{ JSDOM }, { maker }, { comparePictures }] = await Promise.all([
    import('jsdom'),
    import('../../site/components/compare/make.ts'),
    import('../../site/data/compare/pictures.ts'),
  ])
  const drawn = comparePictures(maker(new JSDOM('').window.document), sides, found)
  if (drawn.size === 0)
    throw new Failure('There is nothing to draw: none of them measured its baseline.', 'Leave --figures out.')
  const { contents } = await toFiles(drawn, name => name)
  return writeFiles(inFolder(out, contents))
}
