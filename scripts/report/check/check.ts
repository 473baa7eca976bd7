/**
 * The checker of a report's prose. Numbers may come only from references, so none can be wrong; only confirmed facts
 * may be called confirmed; nothing links elsewhere. It reads the parsed Markdown, so entities, escapes and markup hide
 * nothing.
 */
import type { Nodes, Parents, Root } from 'mdast'
import remarkDirective from 'remark-directive'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import type { Finding } from './finding.ts'
import { flatten, type Piece, placeOf } from './flatten.ts'
import type { Known } from './known.ts'
import { readLine, type SentenceFinding } from './line.ts'
import { dangling } from './reference.ts'

export const parser = unified().use(remarkParse).use(remarkGfm).use(remarkDirective).freeze()

/** All findings in a source, in order. Pure. */
export function check(source: string, known: Known): Finding[] {
  return inBlocks(parser.parse(source) as Root, known).sort((a, b) => a.start - b.start)
}

/** Checks blocks that hold text, and block directives. */
function inBlocks(node: Nodes, known: Known): Finding[] {
  switch (node.type) {
    case 'paragraph':
    case 'heading':
    case 'tableCell':
      return inText(node, known)
    case 'html':
      return [whole(node, 'html', node.value, 'Raw HTML is not allowed; write Markdown.')]
    case 'definition':
      return [whole(node, 'link', node.url, 'Links are not allowed; refer to an experiment with :exp[…].')]
    case 'code':
      return [
        whole(node, 'code', firstLine(node.value), 'Blocks of code are not allowed; use `code` within a sentence.'),
      ]
    case 'leafDirective': {
      const why = dangling(node, known)
      return why === null ? [] : [whole(node, 'reference', `::${node.name}`, `${capital(why)}.`)]
    }
    case 'containerDirective':
      return [whole(node, 'reference', `:::${node.name}`, 'There are no containers (:::).')]
    case 'footnoteDefinition':
      return [whole(node, 'link', `[^${node.identifier}]`, 'Footnotes are not allowed; say it in the text.')]
    default:
      return 'children' in node ? node.children.flatMap(child => inBlocks(child, known)) : []
  }
}

/** Checks a paragraph by sentences; a sentence is the smallest part that can be cut. */
function inText(block: Parents, known: Known): Finding[] {
  const pieces = flatten(block)
  return readLine(pieces, known).map(finding => ({
    kind: finding.kind,
    found: finding.found,
    why: finding.why,
    line: block.position?.start.line ?? 1,
    ...(block.type === 'paragraph' ? sentenceRange(block, pieces, finding) : placeOf(block)),
  }))
}

/** Source range of the sentence; the whole block if cutting the sentence would break markup. */
function sentenceRange(block: Parents, pieces: Piece[], { from, to }: SentenceFinding): { start: number; end: number } {
  const start = offsetAt(pieces, from)
  const end = offsetAt(pieces, to)
  return start === null || end === null ? placeOf(block) : { start, end }
}

/**
 * Source offset of a position in the text; null inside markup, or where the source differs from the text (an entity).
 */
function offsetAt(pieces: Piece[], at: number): number | null {
  let before = 0
  for (const piece of pieces) {
    const length = piece.text.length
    if (at === before) return piece.nested ? null : piece.start
    if (at < before + length)
      return piece.nested || piece.kind !== 'text' || piece.end - piece.start !== length
        ? null
        : piece.start + at - before
    before += length
  }
  const last = pieces.at(-1)
  return last && !last.nested ? last.end : null
}

const whole = (node: Nodes, kind: Finding['kind'], found: string, why: string): Finding => ({
  kind,
  found,
  why,
  line: node.position?.start.line ?? 1,
  ...placeOf(node),
})

const firstLine = (text: string): string => text.split('\n')[0] ?? ''

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
