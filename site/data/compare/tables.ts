/** The comparison as CSV tables. Gains are fractions of each session's own baseline, positive is better. */
import { costOf } from '../../../scripts/compare/rates.ts'
import type { Comparison, Side } from '../../../scripts/compare/schema.ts'
import type { Row } from '../csv.ts'

export type Table = 'compare.csv' | 'replication.csv'

/** Texts of the data files and figures by file name; the build writes them to data/. */
export type Files = Record<'compare.json' | Table, string> & Record<`${string}.svg`, string>

/** The lines of the frontier figures: each keep with its position on each axis. */
export const frontierRows = (sides: Side[]): Row[] =>
  sides.flatMap(side =>
    side.frontier.map(step => ({
      session: side.id,
      machine: side.machine.label,
      experiment: step.experiment,
      order: step.order,
      hours: step.hours,
      deviceHours: step.deviceHours,
      usd: costOf(side, step).usd,
      gain: step.change,
      description: step.description,
    })),
  )

/** The effect of each change in each session. */
export const effectRows = ({ replication }: Comparison): Row[] =>
  replication.flatMap(row =>
    row.cells.map(cell => ({
      change: row.name,
      by: row.by,
      label: row.label,
      way: row.way,
      session: cell.side,
      experiments: cell.tries.map(t => t.experiment).join(' '),
      step: cell.step,
      gain: cell.gain,
      half: cell.half,
      outcome: cell.tries.findLast(t => t.outcome !== null)?.outcome ?? null,
    })),
  )
