/** Renders the pages whose built files are outdated, on request, with the build's own program. */
import { curveText } from '../../../site/data/experiment/records.ts'
import type { LiveSession } from '../../../site/data/session/liveStatus.ts'
import { patchFile, readWholePatch } from '../../../site/data/session/patch.ts'
import { picture, sessionPictures } from '../../../site/data/session/pictures.ts'
import { sessionRecords, sessionTable } from '../../../site/data/session/tables.ts'
import { newestFirst, type View } from '../../../site/data/view.ts'
import type { Demand, RequestedPage } from '../../../site/live/live.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import { publicFile } from '../../lib/secrets/publish.ts'
import type { Built } from './build.ts'
import type { LiveStates } from './liveState.ts'
import { type Records, shortHash, type Versions } from './records.ts'

/** What a page shows, for its events: "home" or a session id. */
export type Topic = string
export const home: Topic = 'home'

export interface Drawn {
  type: string
  body: string
}

export interface Pages {
  /** null: the built file is current, or there is no such page. @param path e.g. "sessions/x/0003.html" */
  draw: (path: string) => Promise<Drawn | null>
  /** Version of the records behind a page; null if they will not change. */
  version: (topic: Topic) => Promise<string | null>
  /** Version of what `now` renders. */
  nowVersion: (topic: Topic) => Promise<string>
  /** HTML of the live part of the page. */
  now: (topic: Topic) => Promise<string>
}

const html = (body: string): Drawn => ({ type: 'text/html; charset=utf-8', body })
const text = (body: string): Drawn => ({ type: 'text/plain; charset=utf-8', body })
const csv = (body: string): Drawn => ({ type: 'text/csv; charset=utf-8', body })
const svg = (body: string): Drawn => ({ type: 'image/svg+xml', body })

export function openPages(records: Records, liveStates: LiveStates, built: () => Built): Pages {
  // Pages are cached until their version changes.
  const drawn = new Map<string, { version: string; page: Promise<Drawn> }>()

  async function version(topic: Topic): Promise<string | null> {
    const versions = await records.versions()
    if (topic === home) return shortHash([...versions].flat())
    const view = await records.session(topic)
    return view && (await liveStates.has(view)) ? (versions.get(topic) ?? null) : null
  }

  /** The sessions that the live part shows. */
  async function shownSessions(topic: Topic): Promise<View[]> {
    if (topic !== home) return [await records.session(topic)].filter(view => view !== null)
    const { views } = await records.all()
    const [newest] = newestFirst(views)
    // Interrupted sessions are not shown for ever, though they never ended.
    return views.filter(view => view === newest || (view.running && started(view) > Date.now() - NEWS_MS))
  }

  async function sessions(topic: Topic): Promise<LiveSession[]> {
    const found = await Promise.all((await shownSessions(topic)).map(liveStates.of))
    return found.filter(present => present !== null)
  }

  async function render(topic: Topic, version: string, asked: RequestedPage): Promise<string> {
    const demand: Demand = { ...asked, topic, version, sessions: await sessions(topic) }
    return built().render({ demand })
  }

  function once(key: string, version: string, make: () => Promise<Drawn>): Promise<Drawn> {
    const state = `${version} ${built().number}`
    const old = drawn.get(key)
    if (old?.version === state) return old.page
    const page = make()
    drawn.set(key, { version: state, page })
    page.catch(() => drawn.delete(key))
    return page
  }

  async function drawSession(id: string, rest: string, versions: Versions): Promise<Drawn | null> {
    const view = await records.session(id)
    if (!view) return null
    const version = versions.get(id) ?? ''
    const isOld = built().versions.get(id) === version
    if (rest === '.html') {
      if (isOld && !(await liveStates.has(view))) return null
      const drawn = async () => render(id, version, { page: 'session', view, views: (await records.all()).views })
      return once(id, version, async () => html(await drawn()))
    }
    return isOld ? null : drawInside(view, rest.slice(1))
  }

  async function drawInside(view: View, file: string): Promise<Drawn | null> {
    const [, number, rest] = /^(\d{4,})(\.html|\/curve\.csv)$/.exec(file) ?? []
    const experiment = view.experiments.find(e => e.number === Number(number ?? Number.NaN))
    if (!experiment) return drawFile(view, file)
    if (rest === '/curve.csv') {
      const curve = curveText(view.folder, experiment)
      return curve === null ? null : csv(curve)
    }
    const { views } = await records.all()
    return html(await render(view.id, '', { page: 'experiment', view, experiment, views }))
  }

  return {
    version,
    draw: async path => {
      const versions = await records.versions()
      if (path === '' || path === 'index.html') {
        const now = (await version(home)) ?? ''
        return once(home, now, async () => html(await render(home, now, { page: 'home', ...(await records.all()) })))
      }
      const [, id, rest] = /^sessions\/([^/]+?)(\.html|\/.+)$/.exec(path) ?? []
      return id && rest ? drawSession(id, rest, versions) : null
    },
    nowVersion: async topic => shortHash(await Promise.all((await shownSessions(topic)).map(liveStates.version))),
    now: async topic => render(topic, (await version(topic)) ?? '', { page: 'now' }),
  }
}

/** Milliseconds for which an unfinished session is shown on the home page. */
const NEWS_MS = 7 * 24 * 3600_000

const started = ({ session }: View): number => Date.parse(session.startedAt ?? '') || 0

/** A table, figure or record beside a session's page, as the build writes it; null for other names. */
async function drawFile(view: View, file: string): Promise<Drawn | null> {
  const table = sessionTable(view, file)
  if (table !== null) return file.endsWith('.csv') ? csv(table) : text(table)
  const figure = sessionPictures.find(name => file === `${name}.svg`)
  if (figure) {
    const drawing = picture(view, figure)
    return drawing === null ? null : svg(drawing)
  }
  const path = sessionRecords.get(file)?.(view.folder)
  const record = file === patchFile ? await readWholePatch(view) : path ? await readRegularFile(path) : null
  return record === null ? null : text(publicFile(file, record))
}
