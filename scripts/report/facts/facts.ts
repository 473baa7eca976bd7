/**
 * The digest as facts that prose refers to: `:fact[headline.gain]` becomes the fact's text, so that a number cannot be
 * wrong. Only what is known is a fact; a reference to another id is a mistake in the prose.
 */

import type { Digest } from '../../analysis/schema.ts'
import { changeFacts } from './changes.ts'
import { headlineFacts } from './headline.ts'
import { searchFacts } from './search.ts'
import { nightFacts } from './session.ts'

export interface Fact {
  /** Dotted, e.g. "headline.gain", "kept.42.share", "knob.MATRIX_LR.best". */
  id: string
  /** As it is printed. */
  text: string
  /** In `unit`, gains positive when better; null for what is a list or a sentence. */
  value: number | string | null
  /** "val_bpb", "s", "MB", "share", "runs", …; "" for words and for what has none. */
  unit: string
  /** Experiments it was computed from; empty where that is the whole night. */
  from: number[]
  /** Whether runs on unused seeds say so: prose may call this confirmed. */
  confirmed: boolean
}

/** Facts by id. Their order is the report's: result, night, changes, search. */
export function facts(digest: Digest): Map<string, Fact> {
  const all = [...headlineFacts(digest), ...nightFacts(digest), ...changeFacts(digest), ...searchFacts(digest)]
  return new Map(all.map(fact => [fact.id, fact]))
}
