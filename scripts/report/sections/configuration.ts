/** The final configuration: the constants that the session changed, and what is in no constant. */
import type { Digest } from '../../analysis/schema.ts'
import type { Setting } from '../../analysis/source/configuration.ts'
import { type Column, paragraph, type Section, table } from '../nodes.ts'

/** The changed constants of baseline and final. */
export function configurationPart({ constants, configuration }: Digest): Section {
  if (constants.length === 0) return []
  const file: Column<Setting> = { head: 'File', code: true, cell: c => c.file }
  const rows = table(constants, [
    ...(new Set(constants.map(c => c.file)).size > 1 ? [file] : []),
    { head: 'Constant', code: true, cell: c => c.name },
    { head: 'Baseline', align: 'right', code: true, cell: c => c.baseline ?? '–' },
    { head: 'Final', align: 'right', code: true, cell: c => c.head ?? '–' },
  ])
  return configuration === null ? [rows] : [rows, paragraph("All other top-level constants are the baseline's.")]
}
