/** The guard: decides from the diff whether a proposal may run. Pure. */
import { megabytes } from '../../lib/format.ts'
import type { Change } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'

/** Bytes. People and agents read patches; no longer one is useful. */
export const MAX_PATCH_BYTES = 2 ** 20

export interface Proposed {
  changes: Change[]
  tree: string
  /** null: longer than `largestPatch`. */
  patch: string | null
  /** A clause that names a key which the edits add, see newKey.ts; null: none. */
  key: string | null
  /** Files that may change. */
  edit: string[]
  /** Trees of earlier experiments, with their numbers. */
  tried: ReadonlyMap<string, number>
}

export interface Refused {
  /**
   * `hook`: the user's hook refused it. `hook-broken`: that hook failed, which says nothing about the proposal. `stopped`: the
   * session was stopped before the hook had ended, and nothing is recorded. `sweep`: the sweep that it asks for is not valid.
   */
  rule: 'no-change' | 'forbidden' | 'duplicate' | 'hook' | 'hook-broken' | 'stopped' | 'sweep'
  /** A clause, e.g. "the diff is empty". */
  why: string
  /** With `hook`: all that the hook printed. */
  message?: string
}

/** @returns why the proposal is refused; null when it may run */
export function guard({ changes, tree, patch, key, edit, tried }: Proposed): Refused | null {
  if (changes.length === 0) return noChange
  const outside = changes.find(change => !edit.includes(change.path))
  if (outside) return forbidden(`it changes ${sanitizeText(outside.path)}, which is not in edit (${edit.join(', ')})`)
  const badMode = changes.find(({ after }) => after !== '100644' && after !== '100755')
  if (badMode) return forbidden(`it ${modeChange(badMode.after)} ${badMode.path}`)
  if (patch === null) return forbidden(`its patch is longer than ${megabytes(MAX_PATCH_BYTES)}`)
  if (key !== null) return forbidden(key)
  const before = tried.get(tree)
  return before === undefined
    ? null
    : { rule: 'duplicate', why: `the same tree was tried as ${experimentName(before)}` }
}

export const noChange: Refused = { rule: 'no-change', why: 'the diff is empty' }

export const forbidden = (why: string): Refused => ({ rule: 'forbidden', why })

const modeChange = (mode: string): string =>
  mode === '120000' ? 'puts a symlink at' : mode === '000000' ? 'removes' : `gives the mode ${mode} to`
