/** The collection as the pages want it. */
import { type Held, heldEntry } from './held.ts'
import type { Broken, Night } from './sessions.ts'
import { type View, view } from './view.ts'

const views = new WeakMap<object, View>()

/** Views of the nights that could be read, and those that could not. Made once a build, for a night has many pages. */
export function notebook(held: { data: Record<string, unknown> }[]): { views: View[]; broken: Broken[] } {
  const entries = held.map(e => heldEntry(e.data as Held))
  const nights = entries.filter(e => e.kind === 'night')
  return {
    views: nights.map(remembered),
    broken: entries.filter(e => e.kind === 'broken'),
  }
}

function remembered(night: Night): View {
  const known = views.get(night) ?? view(night)
  views.set(night, known)
  return known
}
