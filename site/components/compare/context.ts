/** What each section of the comparison is made from. */
import type { Comparison, Side } from '../../../scripts/compare/schema.ts'
import type { Table } from '../../data/compare/tables.ts'
import type { Child } from './make.ts'

export interface CompareContext {
  sides: Side[]
  comparison: Comparison
  names: Map<string, string>
  /** Links to the data as JSON and CSV, and to the named figure as SVG. */
  links: (csv: Table, picture: string) => Child[]
}
