/** What other sessions found for a session's kept changes. */
import { type Replication, replications } from '../../../scripts/analysis/search/replication.ts'
import type { View } from '../view.ts'

let cache: { views: View[]; found: Map<View, Replication[]> } | null = null

/**
 * One entry per kept change. Computed from all sessions of the site: the session's own digest knows only those that were
 * there when its report was written. Cached for the same sessions.
 */
export function foundElsewhere(v: View, views: View[]): Replication[] {
  const isKnown = cache?.views.length === views.length && views.every((view, i) => view === cache?.views[i])
  if (cache === null || !isKnown) cache = { views, found: new Map() }
  const { found } = cache
  const known = found.get(v)
  if (known) return known
  const others = views.flatMap(({ id, digest }) => (digest === null || id === v.id ? [] : [digest]))
  const computed = v.digest === null ? [] : replications(v.digest, others)
  found.set(v, computed)
  return computed
}
