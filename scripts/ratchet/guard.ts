/** The guard: what a proposal may be. Pure; a proposal that it refuses costs no training. */
import type { Change } from '../lib/git.ts'
import { clean } from '../lib/terminal.ts'
import { experimentName } from '../record/files.ts'

export interface Proposed {
  changes: Change[]
  tree: string
  /** Files that may change. */
  edit: string[]
  /** Trees tried before, with the experiment that did. */
  tried: ReadonlyMap<string, number>
}

/** Why the proposal is refused; null when it may be trained. */
export function guard({ changes, tree, edit, tried }: Proposed): string | null {
  if (changes.length === 0) return 'it changes nothing'
  const outside = changes.find(change => !edit.includes(change.path))
  if (outside) return `it changes ${clean(outside.path)}, which is not in edit (${edit.join(', ')})`
  const strange = changes.find(({ after }) => after !== '100644' && after !== '100755')
  if (strange) return `it ${kind(strange.after)} ${strange.path}`
  const before = tried.get(tree)
  return before === undefined ? null : `the same tree was tried as ${experimentName(before)}`
}

const kind = (mode: string): string =>
  mode === '120000' ? 'puts a symlink at' : mode === '000000' ? 'removes' : `gives the mode ${mode} to`
