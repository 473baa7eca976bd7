/** A comparison's figures as pictures by themselves, at build, in the browser and for `pnpm compare --figures`. */
import type { Comparison, Side } from '../../../scripts/compare/schema.ts'
import type { Markup } from '../../../scripts/lib/text.ts'
import type { Make } from '../../components/compare/make.ts'
import { forestFigure } from '../../figures/compare/forest.ts'
import { frontiersDrawing } from '../../figures/compare/frontiers.ts'
import { standaloneOf } from '../../figures/standalone.ts'
import { forestOf } from './effects.ts'
import { type Axis, axes, frontiersOf } from './frontiers.ts'

/** @returns by name, those that there are: what no record knows has no axis, and what only one session tried no picture */
export function comparePictures(make: Make, sides: Side[], comparison: Comparison): Map<string, Markup> {
  const found = new Map<string, Markup>()
  for (const [at, group] of comparison.groups.entries())
    for (const by of axes) {
      const own = sides.filter(({ id }) => group.sides.includes(id))
      const frontiers = frontiersOf(sides, own, by)?.frontiers
      if (frontiers && frontiers.lines.length > 0)
        found.set(frontiersName(at, by), standaloneOf(frontiersDrawing(make, frontiers)))
    }
  const forest = forestOf(sides, comparison)
  if (forest) found.set('replication', standaloneOf(forestFigure(make, forest)))
  return found
}

/** "compare", "compare.hours"; of the second metric "compare.2". A metric's own name may be anything. */
export const frontiersName = (group: number, by: Axis): string =>
  ['compare', ...(group > 0 ? [group + 1] : []), ...(by === 'experiments' ? [] : [by])].join('.')
