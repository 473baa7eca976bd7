/** A comparison's figures as SVG files: at build, in the browser and for `pnpm compare --figures`. */
import type { Comparison, Side } from '../../../scripts/compare/schema.ts'
import type { Markup } from '../../../scripts/lib/text.ts'
import type { Make } from '../../components/compare/make.ts'
import { forestFigure } from '../../figures/compare/forest.ts'
import { frontiersDrawing } from '../../figures/compare/frontiers.ts'
import { standaloneOf } from '../../figures/standalone.ts'
import { forestOf } from './effects.ts'
import { type Axis, axes, frontiersOf } from './frontiers.ts'

/** @returns SVG by name; axes without recorded data and changes tried by one session only have none */
export function comparePictures(make: Make, sides: Side[], comparison: Comparison): Map<string, Markup> {
  const found = new Map<string, Markup>()
  for (const [at, group] of comparison.groups.entries())
    for (const by of axes) {
      const own = sides.filter(({ id, replication }) => replication === null && group.sides.includes(id))
      const frontiers = frontiersOf(sides, own, by)?.frontiers
      if (frontiers && frontiers.lines.length > 0)
        found.set(frontiersName(at, by), standaloneOf(frontiersDrawing(make, frontiers), null))
    }
  const forest = forestOf(sides, comparison)
  if (forest) found.set('replication', standaloneOf(forestFigure(make, forest), null))
  return found
}

/** "compare" or "compare.hours"; for the second metric "compare.2". Numbered, since a metric's name may be anything. */
export const frontiersName = (group: number, by: Axis): string =>
  ['compare', ...(group > 0 ? [group + 1] : []), ...(by === 'experiments' ? [] : [by])].join('.')
