/** Marks a table that renderings may collapse, in the tree's `data`. */
import type { RootContent, Table } from 'mdast'

declare module 'mdast' {
  interface TableData {
    /** Summary shown while the table is collapsed; plain text of our own, no markup. */
    fold?: string
  }
}

export const fold = (table: Table, summary: string): Table => ({ ...table, data: { ...table.data, fold: summary } })

export const folded = (node: RootContent): string | null => (node.type === 'table' ? (node.data?.fold ?? null) : null)
