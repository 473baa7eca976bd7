/** What each part of the comparison is made from. */
import type { Comparison, Side } from '../../../scripts/compare/schema.ts'
import type { Table } from '../../data/compare/tables.ts'
import type { Child } from './make.ts'

export interface CompareContext {
  sides: Side[]
  comparison: Comparison
  names: Map<string, string>
  /** To the numbers, as JSON and CSV, and to the figure of that name as a picture by itself. */
  links: (csv: Table, picture: string) => Child[]
}
