/** What a session's page shows of its report, and where: sections before the ledger, and background after it. */
import type { Root } from 'mdast'
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
    const tree: Root | null =
      own.length === 0 ? null : { type: 'root', children: own.flatMap(section => section.tree.children) }
    return [{ id: topic, topic, title: topicTitle(topic), tree }]
  }
  const others = report
    .filter(section => section.topic === null)
    .map((section, i): PageSection => ({ id: `more-${i + 1}`, ...section }))
  return {
    main: [...topicIds.filter(topic => !isBackground(topic)).flatMap(sectionsOf), ...others],
    background: topicIds.filter(isBackground).flatMap(sectionsOf),
  }
}

/** Splits a section into its text and its tables. */
export function withoutTables(tree: Root): { text: Root; tables: Root } {
  const isTable = (node: Root['children'][number]) => node.type === 'table'
  return {
    text: { type: 'root', children: tree.children.filter(node => !isTable(node)) },
    tables: { type: 'root', children: tree.children.filter(isTable) },
  }
}
