/** The content collection as views. */
import { type StoredRef, storedEntry } from './entryStore.ts'
import type { Broken, SessionEntry } from './sessions.ts'
import { type View, view } from './view.ts'

const views = new WeakMap<object, View>()

/** Views of the readable sessions, and the broken ones. Views are cached per build, for a session has many pages. */
export function notebook(stored: { data: Record<string, unknown> }[]): { views: View[]; broken: Broken[] } {
  const entries = stored.map(e => storedEntry(e.data as StoredRef))
  const sessions = entries.filter(e => e.kind === 'session')
  return {
    views: sessions.map(cachedView),
    broken: entries.filter(e => e.kind === 'broken'),
  }
}

function cachedView(session: SessionEntry): View {
  const known = views.get(session) ?? view(session)
  views.set(session, known)
  return known
}
