/** What tells the editable files of one session's baseline from another's. */
import { createHash } from 'node:crypto'
import { readSource } from '../../../scripts/record/source.ts'
import type { View } from '../view.ts'

/**
 * By session; absent where nothing is known. The editable files as the session kept them count, for a tree of git holds
 * the whole repository, often the sessions too; of a session without them an equal tree is equal code at least.
 */
export async function codeHashes(views: View[]): Promise<Map<string, string>> {
  const found = await Promise.all(
    views.map(async ({ id, folder, experiments }): Promise<[string, string] | null> => {
      const source = await readSource(folder)
      const tree = experiments.find(e => e.number === 0)?.tree
      if (source.size === 0) return tree ? [id, tree] : null
      const sorted = [...source].sort(([a], [b]) => (a < b ? -1 : 1))
      return [id, createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16)]
    }),
  )
  return new Map(found.filter(f => f !== null))
}
