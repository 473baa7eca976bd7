/** What a patch changes, block by block, for the facts that are read off diffs. */
import parseDiff from 'parse-diff'
import { memoize } from '../../lib/memoize.ts'

/** Lines that stand together in a patch: those taken out and those put in their place, without the sign before them. */
export interface Block {
  /** The file after the change, or before it where it was removed. */
  file: string
  removed: string[]
  added: string[]
  /** The unchanged line before it; "" at the start of a file. */
  above: string
}

/** Blocks of a patch in its order; none for a patch that is empty or nonsense. */
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

/** What two changes must not share to be put together: the lines they take out, or the line that they add below. */
export const touched = memoize(
  (patch: string): ReadonlySet<string> =>
    new Set(
      blocksOf(patch).flatMap(({ file, removed, above }) =>
        (removed.length > 0 ? removed : [above]).map(line => `${file}\0${line.trim()}`),
      ),
    ),
)
