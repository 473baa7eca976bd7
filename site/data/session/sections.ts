/** What a session's page shows of its report, and where: sections before the ledger, and background after it. */
import type { Root, Table } from 'mdast'
import type { Section } from './report.ts'
import { isBackground, type TopicId, topicIds, topicTitle } from './topics.ts'

export interface PageSection {
  /** Anchor of the section. */
  id: string
  /** null for sections of other authors, which the page does not know. */
  topic: TopicId | null
  title: string
  /** null for a section that the page fills by itself. */
  tree: Root | null
}

/**
 * @param report sections of the report
 * @param drawn topics for which the page has a figure, so that they are shown with or without a report
 */
export function pageSections(report: Section[], drawn: TopicId[]): { main: PageSection[]; background: PageSection[] } {
  const sectionsOf = (topic: TopicId): PageSection[] => {
    const own = report.filter(section => section.topic === topic)
    if (own.length === 0 && !drawn.includes(topic)) return []
    const tree: Root = { type: 'root', children: own.flatMap(section => section.tree.children) }
    return [{ id: topic, topic, title: topicTitle(topic), tree: own.length === 0 ? null : withoutPatches(tree) }]
  }
  const others = report
    .filter(section => section.topic === null)
    .map((section, i): PageSection => ({ id: `more-${i + 1}`, ...section }))
  return {
    main: [...topicIds.filter(topic => !isBackground(topic)).flatMap(sectionsOf), ...others],
    background: topicIds.filter(isBackground).flatMap(sectionsOf),
  }
}

/**
 * Splits a section into its text and its tables, unfolded. Tables with the same columns become one: the report shows the
 * first rows of a long table and folds the others.
 */
export function withoutTables({ children }: Root): { text: Root; tables: Root } {
  const tables: Table[] = []
  for (const node of children) {
    if (node.type !== 'table') continue
    const same = tables.find(table => headOf(table) === headOf(node))
    if (same) same.children.push(...node.children.slice(1))
    else tables.push({ type: 'table', align: node.align ?? null, children: [...node.children] })
  }
  return {
    text: { type: 'root', children: children.filter(node => node.type !== 'table') },
    tables: { type: 'root', children: tables },
  }
}

const headOf = (table: Table): string => JSON.stringify(table.children[0]?.children.map(cell => cell.children))

/** Without patches, which the page shows as a whole in a section of its own. */
const withoutPatches = ({ children }: Root): Root => ({
  type: 'root',
  children: children.filter(node => node.type !== 'code' || node.lang !== 'diff'),
})
