/** Maps status words to statuses. Only unambiguous words count as keep; unrecognised ones stay unknown. */
import type { Status } from '../../../record/schema.ts'

export type Meaning = Status | 'baseline'

const words: Partial<Record<Meaning, string>> = {
  baseline: 'baseline base initial start starting_point 基线',
  keep: 'keep kept keeper accept accepted improve improved improvement improves best new_best newbest win winner success_kept advance advanced merged 保留 ✅ ✓ ✔ 🏆',
  discard:
    'discard discarded reject rejected revert reverted drop dropped worse no_improvement not_improved no_gain regress regressed regression rollback rolled_back undo undone loss lost no_change neutral_discard 回滚 丢弃 ❌ ✗ ✘',
  crash: 'crash crashed fail failed failure error errored oom out_of_memory nan diverged exception broken 失败 崩溃 💥',
  timeout: 'timeout timed_out time_out',
  refused: 'refused forbidden invalid',
  aborted: 'aborted abort cancelled canceled interrupted killed skipped skip not_run',
}
const meanings = new Map(
  Object.entries(words).flatMap(([meaning, list]) => list.split(' ').map(word => [word, meaning as Meaning] as const)),
)

/** Whether a column holds yes or no, by its name. */
export const isYesNoColumn = (column: string): boolean =>
  /^(?:is_)?(?:keep|kept|accept|accepted|improved)$|^is_best$/.test(column)

/**
 * @param text the cell as written, e.g. "KEEP", "**best** (tie)"
 * @param column the column's name, in lower case: in a column "kept", "yes" means keep
 * @param given the user's mapping of status words, by `plainWord`
 */
export function meaningOf(text: string, column: string, given: ReadonlyMap<string, Status>): Meaning {
  const word = plainWord(text)
  const bare = plainWord(text.replace(/\([^)]*\)|（[^）]*）/g, ''))
  const known = given.get(word) ?? given.get(bare) ?? meanings.get(word) ?? meanings.get(bare) ?? leadingMeaning(text)
  if (known) return known
  // "checks_failed" of pi-autoresearch, "build_failed", "server_failed": such a run gave nothing that counts.
  if (/_(?:failed|crashed)$/.test(word)) return 'crash'
  if (isYesNoColumn(column) && /^(?:true|yes|y|1)$/.test(word)) return 'keep'
  if (isYesNoColumn(column) && /^(?:false|no|n|0)$/.test(word)) return 'discard'
  return 'unknown'
}

/** "**New Best!**" → "new_best"; a lone symbol is unchanged. */
export function plainWord(text: string): string {
  const word = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
  return word === '' ? text.replace(/\s|\ufe0f/g, '') : word
}

const MARKS = '✅✓✔🏆❌✗✘💥'
/** A word that a mark, a colon or a comma parts from a remark: "**KEPT** ✅ new best at 0.95!", "discard: too slow". */
const LEADING = new RegExp(
  `^[*_ ]{0,4}(\\p{L}[\\p{L}_]{0,30})[*_]{0,3}(?:\\s?[${MARKS}]|\\s?[:;,(（]|\\s[–—-]\\s)`,
  'u',
)

/** The meaning of the first word, unless a mark in the cell says another. */
function leadingMeaning(text: string): Meaning | null {
  const meaning = meanings.get(plainWord(LEADING.exec(text.slice(0, 80))?.[1] ?? '')) ?? null
  const marks = [...text].flatMap(mark => (MARKS.includes(mark) ? (meanings.get(mark) ?? []) : []))
  return meaning !== null && marks.every(other => other === meaning || meaning === 'baseline') ? meaning : null
}
