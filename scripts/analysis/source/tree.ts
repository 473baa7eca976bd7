/** The editable files at any experiment: the baseline's files with patches applied. Pure. */
import { applyPatch, parsePatch } from 'diff'

/** Text by path in the repository. */
export type Source = Map<string, string>

/** The files after a patch; null if it does not apply. Changes to files that are not in `source` are ignored. */
export function withPatch(source: Source, patch: string): Source | null {
  const texts = new Map(source)
  let files: ReturnType<typeof parsePatch>
  try {
    files = parsePatch(patch)
  } catch {
    return null // The text is not a patch.
  }
  for (const file of files) {
    const path = (file.newFileName ?? '').replace(/^b\//, '')
    const text = texts.get(path)
    if (text === undefined) continue
    const after = applyPatch(text, file)
    if (after === false) return null
    texts.set(path, after)
  }
  return texts
}

/** The files after several patches, in the order of `numbers`; null if one is missing or does not apply. */
export function withPatches(source: Source, numbers: number[], patches: Map<number, string>): Source | null {
  let tree: Source | null = source
  for (const number of numbers) {
    const patch = patches.get(number)
    tree = tree && patch !== undefined ? withPatch(tree, patch) : null
  }
  return tree
}
