/** Effects of a change in each session, for figures and tables. Pure. */

import { list } from '../../../scripts/analysis/numbers.ts'
import { betterText, relativePlusMinus } from '../../../scripts/analysis/relative.ts'
import { labelText, missingText } from '../../../scripts/compare/names.ts'
import { halfOf } from '../../../scripts/compare/result.ts'
import type { Cell, Comparison, Row, Side } from '../../../scripts/compare/schema.ts'
import { change } from '../../../scripts/lib/format.ts'
import type { Change, Forest } from '../../figures/compare/forest.ts'
import type { Effect } from '../../figures/compare/replication.ts'
import { cut } from '../../figures/text.ts'
import { namesOf, styleKeysOf } from './names.ts'

type Goal = Side['metric']['goal']

type Measured = Pick<Cell, 'gain' | 'half'>

/** The effect in percent, in the metric's own sign; null where nothing was measured. */
export function effectOf({ gain, half }: Measured, goal: Goal): Effect | null {
  if (gain === null) return null
  const at = change(gain * 100, goal) + 0
  return { change: at, interval: half === null ? null : [at - half * 100, at + half * 100] }
}

/** "1.19 ± 0.14% lower", or the status that explains why there is no value. */
export const valueText = ({ gain, half, tries }: Measured & Pick<Cell, 'tries'>, goal: Goal): string =>
  gain === null
    ? missingText({ tries }) || 'not measured'
    : relativePlusMinus(gain, isExact(gain, half) ? 0 : half, goal)

/** Whether the interval is negligible: the runs agree to the last digit. */
const isExact = (gain: number, half: number | null): boolean => half !== null && half < Math.abs(gain) * 1e-6

/** The goal of the metric that a change was measured by. */
export const goalOf = ({ cells }: Pick<Row, 'cells'>, sides: Side[]): Goal =>
  sides.find(({ id }) => id === cells[0]?.side)?.metric.goal ?? 'minimize'

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
  const shared = replication.filter(({ label }) => label !== 'tried once')
  const counted = shared.map(({ cells }) => Math.min(cells.length, MAX_SHOWN.sessions))
  const shown = shared.filter((_, i) => counted.slice(0, i + 1).reduce((sum, n) => sum + n, 0) <= MAX_SHOWN.lines)
  if (shown.length === 0) return null
  const metrics = groups
    .filter(group => group.sides.length > 1)
    .map(({ metric }) => `${metric.name} (${betterText(metric.goal)})`)
  const changes = shown.map(row => changeOf(sides, row))
  return {
    title: `Change in ${list(metrics)} from each session's own baseline, with its 95% interval`,
    changes,
    more: shared.length - shown.length,
  }
}

function changeOf(sides: Side[], row: Row): Change {
  const [names, styleKeys] = [namesOf(sides), styleKeysOf(sides)]
  const [cells, goal] = [spread(row.cells), goalOf(row, sides)]
  const together = row.pooled && pooledCell(row.pooled)
  const found = together && effectOf(together, goal)
  return {
    name: row.name,
    label: labelText(row),
    more: row.cells.length - cells.length,
    lines: cells.map(cell => ({
      session: `${names.get(cell.side) ?? cell.side} ${cell.tries.map(t => `#${t.experiment}`).join(' ')}`,
      step: stepText(cell, row.name),
      value: valueText(cell, goal),
      effect: effectOf(cell, goal),
      styleKey: styleKeys.get(cell.side) ?? [0, 0],
    })),
    together: found && { effect: found, value: valueText(together, goal) },
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
