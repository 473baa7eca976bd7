/** What a page that keeps itself up to date has besides: only `pnpm site --serve` makes such pages. */
import type { Experiment } from '../../scripts/record/schema.ts'
import type { LiveSession } from '../data/session/liveStatus.ts'
import type { Broken } from '../data/sessions.ts'
import type { View } from '../data/view.ts'
import script from '../scripts/live.ts?classic'

/** A page as the server asks for it. */
export type Demand = Live & RequestedPage

export type RequestedPage =
  | { page: 'home'; views: View[]; broken: Broken[] }
  | { page: 'session'; view: View }
  | { page: 'experiment'; view: View; experiment: Experiment; views: View[] }
  /** The part of a page that says what goes on. */
  | { page: 'now' }

/** What goes on at this moment. */
export interface Live {
  /** What the page shows: "home", or the id of a session. Its changes are told under this name. */
  topic: string
  /** Of the records that the page was made from. */
  version: string
  sessions: LiveSession[]
}

/** A page's further scripts; a page that is a file has none. */
export const liveScripts = (live: Live | undefined): string[] => (live ? [script] : [])
