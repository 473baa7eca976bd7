/**
 * The digest as facts that prose refers to: `:fact[headline.gain]` becomes the fact's text, so that a number cannot be
 * wrong. Only what is known is a fact; a reference to another id is a mistake in the prose.
 */

import type { Digest } from '../../analysis/schema.ts'
import { changeFacts } from './changes.ts'
import type { Fact } from './fact.ts'
import { headlineFacts } from './headline.ts'
import { searchFacts } from './search.ts'
import { sessionFacts } from './session.ts'

/** Facts by id. Their order is the report's: result, session, changes, search. */
export function facts(digest: Digest): Map<string, Fact> {
  const all = [...headlineFacts(digest), ...sessionFacts(digest), ...changeFacts(digest), ...searchFacts(digest)]
  return new Map(all.map(fact => [fact.id, fact]))
}
