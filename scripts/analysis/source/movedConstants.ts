/** Top-level constants that the kept patches changed, with the baseline's value and the head's. */
import parseDiff from 'parse-diff'
import type { Digest } from '../schema.ts'
import { setting } from './configuration.ts'

type Values = Map<string, string>

/**
 * Follows each constant through the patches: its first old value and its last new value, as written, without a comment.
 * A value is null where the constant did not exist. Constants that end at their first value are left out.
 *
 * @param kept numbers of the kept experiments, in the order of the branch
 */
export function movedConstants(kept: number[], patches: Map<number, string>): Digest['constants'] {
  const moved = new Map<string, Digest['constants'][number]>()
  for (const number of kept)
    for (const { file, before, after } of edits(patches.get(number) ?? ''))
      for (const name of new Set([...before.keys(), ...after.keys()])) {
        const key = `${file}\0${name}`
        const first = moved.get(key)
        const baseline = first ? first.baseline : (before.get(name) ?? null)
        moved.set(key, { file, name, baseline, head: after.get(name) ?? null })
      }
  return [...moved.values()].filter(({ baseline, head }) => baseline !== head)
}

/** Constants on the removed and on the added lines of each file of a patch. */
function edits(patch: string): { file: string; before: Values; after: Values }[] {
  return parseDiff(patch).map(({ from, to, chunks }) => {
    const changes = chunks.flatMap(chunk => chunk.changes)
    const values = (type: 'add' | 'del'): Values =>
      new Map(changes.flatMap(change => (change.type === type ? entry(change.content.slice(1)) : [])))
    return { file: (to === '/dev/null' ? from : to) ?? '', before: values('del'), after: values('add') }
  })
}

function entry(line: string): [string, string][] {
  const found = setting(line)
  return found ? [found] : []
}
