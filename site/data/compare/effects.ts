/**
 * Effects of a change in each session, for figures and tables. Pure: gains in percent of the baseline, positive is
 * better.
 */

import { list } from '../../../scripts/analysis/numbers.ts'
import type { Cell, Comparison, Row, Side } from '../../../scripts/compare/schema.ts'
import type { Change, Forest } from '../../figures/compare/forest.ts'
import type { Effect } from '../../figures/compare/replication.ts'
import { cut } from '../../figures/text.ts'
import { effect, halfOf, namesOf, styleKeysOf } from './words.ts'

/** The effect in percent; null where nothing was measured. */
export const effectOf = ({ gain, half }: Pick<Cell, 'gain' | 'half'>): Effect | null =>
  gain === null
    ? null
    : { gain: gain * 100, interval: half === null ? null : [(gain - half) * 100, (gain + half) * 100] }

/** "+1.19 ± 0.14%", or the status that explains why there is no value. */
export const valueText = ({ gain, half, tries }: Pick<Cell, 'gain' | 'half' | 'tries'>): string =>
  gain === null ? (tries.at(-1)?.status ?? 'not measured') : effect(gain, half)

export const wordText = ({ word, way }: Pick<Row, 'word' | 'way'>): string => (way ? `${word}, ${way}` : word)

/** The step, or the description where it differs from the name. */
export const stepText = ({ step, tries }: Cell, name: string): string => {
  const described = tries[0]?.description ?? ''
  return step ?? (described === name ? '' : cut(described, 60))
}

/** The pooled effect in the form of a single session's cell. */
export const pooledCell = ({ gain, interval }: NonNullable<Row['pooled']>): Pick<Cell, 'gain' | 'half' | 'tries'> => ({
  gain,
  half: halfOf(interval),
  tries: [],
})

/** Limits of the figure: sessions per change, and rows in all. */
const MAX_SHOWN = { sessions: 6, lines: 30 }

/** Data of the figure of changes that more than one session tried; null where there are none. */
export function forestOf(sides: Side[], { replication, groups }: Comparison): Forest | null {
  const shared = replication.filter(({ word }) => word !== 'tried once')
  const counted = shared.map(({ cells }) => Math.min(cells.length, MAX_SHOWN.sessions))
  const shown = shared.filter((_, i) => counted.slice(0, i + 1).reduce((sum, n) => sum + n, 0) <= MAX_SHOWN.lines)
  if (shown.length === 0) return null
  const metrics = [...new Set(groups.filter(group => group.sides.length > 1).map(({ metric }) => metric.name))]
  const changes = shown.map(row => changeOf(sides, row))
  return {
    title: `Gain in ${list(metrics)} over each session's own baseline, with its 95% interval`,
    changes,
    more: shared.length - shown.length,
  }
}

function changeOf(sides: Side[], row: Row): Change {
  const [names, styleKeys] = [namesOf(sides), styleKeysOf(sides)]
  const cells = spread(row.cells)
  const together = row.pooled && pooledCell(row.pooled)
  const found = together && effectOf(together)
  return {
    name: row.name,
    word: wordText(row),
    more: row.cells.length - cells.length,
    lines: cells.map(cell => ({
      session: `${names.get(cell.side) ?? cell.side} ${cell.tries.map(t => `#${t.experiment}`).join(' ')}`,
      step: stepText(cell, row.name),
      value: valueText(cell),
      effect: effectOf(cell),
      styleKey: styleKeys.get(cell.side) ?? [0, 0],
    })),
    together: found && { effect: found, value: valueText(together) },
  }
}

/** At most six cells, evenly from the smallest gain to the largest, in the order of the sides. */
function spread(cells: Cell[]): Cell[] {
  if (cells.length <= MAX_SHOWN.sessions) return cells
  const measured = cells.filter(({ gain }) => gain !== null).sort((a, b) => (a.gain ?? 0) - (b.gain ?? 0))
  const last = MAX_SHOWN.sessions - 1
  const chosen = new Set(
    Array.from({ length: MAX_SHOWN.sessions }, (_, i) => measured[Math.round((i / last) * (measured.length - 1))]),
  )
  return cells.filter(cell => chosen.has(cell))
}
