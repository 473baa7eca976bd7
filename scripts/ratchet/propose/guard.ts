/** The guard: what a proposal may be. Pure; a proposal that it refuses costs no training. */
import { megabytes } from '../../lib/format.ts'
import type { Change } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'

/** A patch is read by people and told to agents: more than this of it is neither, bytes. */
export const MAX_PATCH_BYTES = 2 ** 20

export interface Proposed {
  changes: Change[]
  tree: string
  /** null: longer than `largestPatch`. */
  patch: string | null
  /** Files that may change. */
  edit: string[]
  /** Trees tried before, with the experiment that did. */
  tried: ReadonlyMap<string, number>
}

export interface Refused {
  /** `limits`: an edit that is never let pass, whatever it is good for. */
  rule: 'nothing' | 'limits' | 'tried'
  /** "it changes nothing" */
  why: string
}

/** Why the proposal is refused; null when it may be trained. */
export function guard({ changes, tree, patch, edit, tried }: Proposed): Refused | null {
  if (changes.length === 0) return noChange
  const outside = changes.find(change => !edit.includes(change.path))
  if (outside) return forbidden(`it changes ${sanitizeText(outside.path)}, which is not in edit (${edit.join(', ')})`)
  const badMode = changes.find(({ after }) => after !== '100644' && after !== '100755')
  if (badMode) return forbidden(`it ${modeChange(badMode.after)} ${badMode.path}`)
  if (patch === null) return forbidden(`its patch is longer than ${megabytes(MAX_PATCH_BYTES)}`)
  const before = tried.get(tree)
  return before === undefined ? null : { rule: 'tried', why: `the same tree was tried as ${experimentName(before)}` }
}

export const noChange: Refused = { rule: 'nothing', why: 'it changes nothing' }

export const forbidden = (why: string): Refused => ({ rule: 'limits', why })

const modeChange = (mode: string): string =>
  mode === '120000' ? 'puts a symlink at' : mode === '000000' ? 'removes' : `gives the mode ${mode} to`
