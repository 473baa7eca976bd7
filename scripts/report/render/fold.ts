/** Marks a table that a page may fold away, in the tree's `data`. */
import type { RootContent, Table } from 'mdast'

declare module 'mdast' {
  interface TableData {
    /** What stands for the table while it is folded: plain text of our own, no markup. */
    fold?: string
  }
}

export const fold = (table: Table, summary: string): Table => ({ ...table, data: { ...table.data, fold: summary } })

export const folded = (node: RootContent): string | null => (node.type === 'table' ? (node.data?.fold ?? null) : null)
