/** Splits a patch into blocks of changed lines. */
import parseDiff from 'parse-diff'
import { memoize } from '../../lib/memoize.ts'

/** Adjacent changed lines of a patch: the removed lines and their replacement, without the leading sign. */
export interface Block {
  /** The file after the change, or before it where it was removed. */
  file: string
  removed: string[]
  added: string[]
  /** The unchanged line before the block; "" at the start of a chunk. */
  above: string
}

/** Blocks in the order of the patch; empty for an empty or malformed patch. */
export function blocksOf(patch: string): Block[] {
  const blocks: Block[] = []
  for (const { from, to, chunks } of parseDiff(patch)) {
    const file = (to === '/dev/null' ? from : to) ?? ''
    for (const { changes } of chunks) {
      let block: Block = { file, removed: [], added: [], above: '' }
      for (const change of changes) {
        const text = change.content.slice(1)
        if (change.type === 'normal') block = { file, removed: [], added: [], above: text }
        else {
          if (!blocks.includes(block, -1)) blocks.push(block)
          block[change.type === 'del' ? 'removed' : 'added'].push(text)
        }
      }
    }
  }
  return blocks
}

/**
 * Keys of the lines that a patch touches: each removed line, or the line above a pure insertion. Two patches that share
 * a key cannot be combined. A key is `<file>\0<line without outer white space>`.
 */
export const touched = memoize(
  (patch: string): ReadonlySet<string> =>
    new Set(
      blocksOf(patch).flatMap(({ file, removed, above }) =>
        (removed.length > 0 ? removed : [above]).map(line => `${file}\0${line.trim()}`),
      ),
    ),
)
