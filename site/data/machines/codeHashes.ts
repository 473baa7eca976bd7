/** Identifies the editable files of a session's baseline. */
import { createHash } from 'node:crypto'
import { readSource } from '../../../scripts/record/files/source.ts'
import type { View } from '../view.ts'

/**
 * Hash of the editable files by session id; absent where they are not known. Without a copy of the files the git
 * tree's id is used: it covers the whole repository, so equal trees are equal code, but not the reverse.
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
