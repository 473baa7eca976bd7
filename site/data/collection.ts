/** The collection as the pages want it. */
import type { Broken, Entry, Night } from './nights.ts'
import { type View, view } from './view.ts'

const views = new WeakMap<object, View>()

/** Views of the nights that could be read, and those that could not. Made once a build, for a night has many pages. */
export function notebook(entries: { data: Entry }[]): { views: View[]; broken: Broken[] } {
  const nights = entries.map(e => e.data).filter((d): d is Night => d.kind === 'night')
  return {
    views: nights.map(night => remembered(night)),
    broken: entries.map(e => e.data).filter((d): d is Broken => d.kind === 'broken'),
  }
}

function remembered(night: Night): View {
  const known = views.get(night) ?? view(night)
  views.set(night, known)
  return known
}
