/** GitHub Markdown for Discussions, pull requests and repositories. Pure. */
import type { Nodes, Paragraph, Root, RootContent, Table, Text } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkStringify from 'remark-stringify'
import { unified } from 'unified'
import { escapeHtml } from '../../lib/text.ts'
import { heading, inertNodes, paragraph } from '../nodes.ts'
import { figureOf } from '../resolve.ts'
import { type Fold, grouped, isFold } from './fold.ts'

/** GitHub allows 65,536 characters in a discussion; the rest is left for text added when posting. */
export const MAX_CHARACTERS = 64_000
/** Lower bound of a row's length: limits the rows to render before measuring. */
const MIN_ROW_CHARACTERS = 40

/** Content of each figure by name: a mermaid chart and, if published, an image. */
export type Figures = ReadonlyMap<string, RootContent[]>

/** @param tree resolved @param figures by name */
export const github = (tree: Root, figures: Figures): string => fitToLimit(withFigures(tree, figures).map(trimmed))

/** The blocks of a resolved tree with its figures in their places. */
export const withFigures = (tree: Root, figures: Figures): RootContent[] =>
  tree.children.flatMap(node => {
    const name = figureOf(node)
    return name === null ? [node] : (figures.get(name) ?? [])
  })

// Cells are not padded: a long description would widen every row of a long log.
const writer = unified()
  .use(remarkGfm, { tablePipeAlign: false })
  .use(remarkStringify, { bullet: '-', rule: '-', listItemIndent: 'one' })
  .freeze()

const write = (children: RootContent[]): string => blocksText(grouped(children))

/** Blocks and folds as text; in no part of it does GitHub find a mention, a reference or a link that is not ours. */
export const blocksText = (blocks: (RootContent | Fold)[]): string =>
  writer.stringify({
    type: 'root',
    children: blocks.flatMap(block =>
      isFold(block)
        ? [
            opening(block),
            ...block.children.flatMap(withNote).map(inert),
            { type: 'html' as const, value: '</details>' },
          ]
        : withNote(block).map(inert),
    ),
  })

/** Titles of sections are bold, so that they stand out among the folds within sections. */
function opening({ summary, isSection }: Fold): RootContent {
  const text = escapeHtml(summary)
  return { type: 'html', value: `<details>\n<summary>${isSection ? `<b>${text}</b>` : text}</summary>` }
}

/** Each text was made inert when it was made a node; neighbours may together say something, such as ":" and "tada:". */
function inert<T extends Nodes>(node: T): T {
  if (!('children' in node) || node.type === 'link') return node
  const children: Nodes[] = []
  for (const child of node.children) {
    const last = children.at(-1)
    if (child.type === 'text' && last?.type === 'text') children.splice(-1, 1, text(last.value + child.value))
    else children.push(child)
  }
  const parts = children.flatMap((child): Nodes[] => (child.type === 'text' ? inertNodes(child.value) : [inert(child)]))
  return { ...node, children: parts } as T
}

const text = (value: string): Text => ({ type: 'text', value })

/** The tree of a report.md with its folded sections under headings again, for renderings that fold in their own way. */
export function withoutFolds({ children }: Root): Root {
  const plain = children.flatMap((node): RootContent[] => {
    if (node.type !== 'html') return [node]
    const [, title, summary] = /^<details>\n<summary>(?:<b>(.*)<\/b>|(.*))<\/summary>$/.exec(node.value) ?? []
    if (title !== undefined) return [heading(2, title)]
    return summary === undefined ? [] : [paragraph(`${summary}:`)]
  })
  return { type: 'root', children: plain }
}

function withNote(node: RootContent): RootContent[] {
  const left = node.type === 'table' ? (omittedRows.get(node) ?? 0) : 0
  return left > 0 ? [node, omittedRowsNote(left)] : [node]
}

const omittedRowsNote = (rows: number): Paragraph =>
  paragraph(`${rows} more rows are left out here; experiments.jsonl and results.tsv beside this report have them all.`)

/** Number of rows cut from each table, for the note below it. */
const omittedRows = new WeakMap<Table, number>()

function trimmed(node: RootContent): RootContent {
  return node.type === 'table' ? withFirstRows(node, Math.ceil(MAX_CHARACTERS / MIN_ROW_CHARACTERS)) : node
}

function withFirstRows(table: Table, rows: number): Table {
  const left = table.children.length - 1 - rows
  if (left <= 0) return table
  const short: Table = { ...table, children: table.children.slice(0, rows + 1) }
  omittedRows.set(short, (omittedRows.get(table) ?? 0) + left)
  return short
}

/** Cuts rows of the longest table, which is the log, until the text fits; without a table left, drops the last blocks. */
function fitToLimit(all: RootContent[]): string {
  const children = [...all]
  let text = write(children)
  while (text.length > MAX_CHARACTERS) {
    const longest = longestTable(children)
    if (longest === null) {
      children.pop()
      text = write([...children, paragraph('The rest does not fit here; digest.json beside this report has it.')])
      continue
    }
    const table = children[longest] as Table
    const lines = writer
      .stringify({ type: 'root', children: [table] })
      .split('\n')
      .slice(2)
    let excess = text.length - MAX_CHARACTERS + 300
    let rows = lines.length - 1
    while (excess > 0 && rows > 0) excess -= (lines[--rows]?.length ?? 0) + 1
    children[longest] = withFirstRows(table, rows)
    text = write(children)
  }
  return text
}

function longestTable(children: RootContent[]): number | null {
  const rows = children.map(node => (node.type === 'table' ? node.children.length : 0))
  const most = Math.max(0, ...rows)
  return most > 1 ? rows.indexOf(most) : null
}
