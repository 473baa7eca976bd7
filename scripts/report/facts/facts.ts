/**
 * The digest as facts that prose refers to: `:fact[headline.gain]` is replaced with the fact's text, so prose cannot
 * state a wrong number. Only known values are facts; a reference to any other id is an error.
 */

import type { Digest } from '../../analysis/schema.ts'
import { changeFacts } from './changes.ts'
import type { Fact } from './fact.ts'
import { headlineFacts } from './headline.ts'
import { searchFacts } from './search.ts'
import { sessionFacts } from './session.ts'

/** Facts by id, in the report's order: result, session, changes, search. */
export function facts(digest: Digest): Map<string, Fact> {
  const all = [...headlineFacts(digest), ...sessionFacts(digest), ...changeFacts(digest), ...searchFacts(digest)]
  return new Map(all.map(fact => [fact.id, fact]))
}
