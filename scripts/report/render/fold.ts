/** Blocks and sections that renderings collapse, marked in the tree's `data`. Pure. */
import type { RootContent } from 'mdast'

declare module 'mdast' {
  interface Data {
    /**
     * Summary of the fold that a block belongs to: plain text of our own, no markup. On a heading it folds the whole
     * section.
     */
    fold?: string
  }
}

/** Neighbours with one summary form one fold. */
export interface Fold {
  summary: string
  /** Whether it is a section with a heading, not part of one. */
  isSection: boolean
  children: RootContent[]
}

/** The same block, collapsed under this summary. */
export const fold = <T extends RootContent>(block: T, summary: string): T => ({
  ...block,
  data: { ...block.data, fold: summary },
})

/** Top-level nodes in order, with those of a fold together. The heading of a folded section is its summary. */
export function grouped(children: readonly RootContent[]): (RootContent | Fold)[] {
  const groups: (RootContent | Fold)[] = []
  let section: Fold | null = null
  for (const node of children) {
    const summary = node.data?.fold
    const isTitle = node.type === 'heading' && node.depth <= 2
    if (isTitle) section = summary === undefined ? null : { summary, isSection: true, children: [] }
    const last = groups.at(-1)
    if (isTitle) groups.push(section ?? node)
    else if (section) section.children.push(node)
    else if (summary === undefined) groups.push(node)
    else if (last && isFold(last) && !last.isSection && last.summary === summary) last.children.push(node)
    else groups.push({ summary, isSection: false, children: [node] })
  }
  return groups
}

export const isFold = (group: RootContent | Fold): group is Fold => 'summary' in group
