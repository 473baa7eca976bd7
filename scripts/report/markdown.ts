/** report.md from the facts, by template: the same facts give the same text. */
import type { Root } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkStringify from 'remark-stringify'
import { unified } from 'unified'
import type { Experiment, Session } from '../record/schema.ts'
import { ablationSection } from './ablation.ts'
import { answer } from './answer.ts'
import { deadEndsSection, failuresSection, keptSection, unprovenSection } from './changes.ts'
import { constantsSection, disclosureSection, logSection, nextSection, replicateSection } from './closing.ts'
import { headline } from './headline.ts'
import { nightSection } from './night.ts'
import { heading, paragraph } from './nodes.ts'
import type { Digest } from './schema.ts'

/** GitHub Markdown, in the order that a reader wants. Sections with nothing to say are left out. */
export function markdown(digest: Digest, session: Session, experiments: Experiment[]): string {
  const ordered = [...experiments].sort((a, b) => a.number - b.number)
  const tree: Root = {
    type: 'root',
    children: [
      heading(1, headline(digest, session)),
      paragraph(...answer(digest, ordered)),
      ...nightSection(digest, session),
      ...keptSection(digest),
      ...ablationSection(digest),
      ...unprovenSection(digest, session),
      ...deadEndsSection(digest, ordered),
      ...failuresSection(digest),
      ...constantsSection(digest),
      ...replicateSection(digest, session, ordered),
      ...nextSection(digest),
      ...disclosureSection(digest, session, ordered),
      ...logSection(digest, ordered),
    ],
  }
  return writer.stringify(tree)
}

// Cells are not padded: a long description would widen every row of a long log.
const writer = unified()
  .use(remarkGfm, { tablePipeAlign: false })
  .use(remarkStringify, { bullet: '-', rule: '-', listItemIndent: 'one' })
  .freeze()
