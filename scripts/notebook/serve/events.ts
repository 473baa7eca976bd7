/** Notifies open pages by Server-Sent Events. */
import type { ServerResponse } from 'node:http'
import type { Pages, Topic } from './pages.ts'

export interface Listeners {
  /** Adds a page's connection, sends the current state, and removes it when it closes. */
  add: (response: ServerResponse, topic: Topic, seen: string) => Promise<void>
  /** Sends every page what changed since its last event. */
  notify: () => Promise<void>
  count: () => number
  close: () => void
}

interface Listener {
  response: ServerResponse
  topic: Topic
  /** Version of the records that the page shows. */
  seen: string
  /** Version and time of the last live state sent. */
  now: string
  at: number
}

/** The live state is sent again after this time, since elapsed times change; it also shows that the server is up. */
const MAX_SILENCE_MS = 15_000

export function openListeners(pages: Pages): Listeners {
  const all = new Set<Listener>()

  async function notifyTopic(topic: Topic, open: Listener[]): Promise<void> {
    // Pages that do not read (a sleeping machine) get no more events until they do, then the newest.
    const listeners = open.filter(({ response }) => !response.writableNeedDrain)
    const [version, now] = [await pages.version(topic), await pages.nowVersion(topic)]
    const outdated = listeners.filter(l => l.seen !== (version ?? ''))
    for (const listener of outdated) {
      listener.seen = version ?? ''
      send(listener, 'page', listener.seen)
    }
    const due = listeners.filter(l => l.now !== now || performance.now() - l.at > MAX_SILENCE_MS)
    if (due.length === 0) return
    const html = await pages.now(topic)
    for (const listener of due) {
      Object.assign(listener, { now, at: performance.now() })
      send(listener, 'now', html)
    }
  }

  return {
    add: async (response, topic, seen) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      const listener: Listener = { response, topic, seen, now: '', at: Number.NEGATIVE_INFINITY }
      all.add(listener)
      response.on('close', () => all.delete(listener))
      await notifyTopic(topic, [listener])
    },
    notify: async () => {
      for (const [topic, listeners] of Map.groupBy(all, l => l.topic)) await notifyTopic(topic, listeners)
    },
    count: () => all.size,
    close: () => {
      for (const { response } of all) response.end()
    },
  }
}

function send({ response }: Listener, event: string, data: string): void {
  response.write(
    `event: ${event}\n${data
      .split('\n')
      .map(line => `data: ${line}\n`)
      .join('')}\n`,
  )
}
