/** What other sessions found for a session's kept changes. */

import type { ReplicationOfThis } from '../../../scripts/analysis/replication/facts.ts'
import { type Replication, replications } from '../../../scripts/analysis/search/replication.ts'
import { newestFirst, type View } from '../view.ts'

/** A session's digest with the replications of its changes that the site has: its own was made before them. */
export function withReplications<E extends Pick<View, 'id' | 'digest'>>(entry: E, views: View[]): E {
  if (entry.digest === null) return entry
  return { ...entry, digest: { ...entry.digest, replicatedBy: replicationsOfView(entry, views) } }
}

/** In the order of the replications' starts. */
export function replicationsOfView({ id }: Pick<View, 'id'>, views: View[]): ReplicationOfThis[] {
  const own = views.filter(({ replication, running }) => replication?.session === id && !running)
  return newestFirst(own)
    .reverse()
    .flatMap(({ id: by, replication }) => (replication ? [{ ...replication, by }] : []))
}

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
