/** The editable files at any experiment: the baseline's with patches on top. Pure. */
import { applyPatch, parsePatch } from 'diff'

/** Text by path in the repository. */
export type Source = Map<string, string>

/** Files with a patch on top; null where it does not fit. Files that are not in `source` are left out. */
export function withPatch(source: Source, patch: string): Source | null {
  const texts = new Map(source)
  let files: ReturnType<typeof parsePatch>
  try {
    files = parsePatch(patch)
  } catch {
    return null // Text that is no patch fits no file.
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

/** Files with several patches on top, in order; null where one does not fit, or is not known. */
export function withPatches(source: Source, numbers: number[], patches: Map<number, string>): Source | null {
  let tree: Source | null = source
  for (const number of numbers) {
    const patch = patches.get(number)
    tree = tree && patch !== undefined ? withPatch(tree, patch) : null
  }
  return tree
}
