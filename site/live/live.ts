/** Data of a page that updates itself; only `pnpm site --serve` makes such pages. */
import type { Experiment } from '../../scripts/record/schema.ts'
import type { LiveSession } from '../data/session/liveStatus.ts'
import type { Broken } from '../data/sessions.ts'
import type { View } from '../data/view.ts'
import script from '../scripts/live.ts?classic'

/** A page that the server requests from the renderer. */
export type Demand = Live & RequestedPage

export type RequestedPage =
  | { page: 'home'; views: View[]; broken: Broken[] }
  | { page: 'session'; view: View; views: View[] }
  | { page: 'experiment'; view: View; experiment: Experiment; views: View[] }
  /** Only the live status of a page. */
  | { page: 'now' }

/** The state of running sessions at the time of rendering. */
export interface Live {
  /** "home" or the id of a session; the server sends changes by topic. */
  topic: string
  /** Version of the records that the page was made from. */
  version: string
  sessions: LiveSession[]
}

/** Additional scripts of a live page; none for a static page. */
export const liveScripts = (live: Live | undefined): string[] => (live ? [script] : [])
