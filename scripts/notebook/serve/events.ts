/** Open pages and what they are told: over one connection each, by Server-Sent Events. */
import type { ServerResponse } from 'node:http'
import type { Pages, Topic } from './pages.ts'

export interface Listeners {
  /** Takes a page's connection, tells it at once how things are, and lets it go when it closes. */
  add: (response: ServerResponse, topic: Topic, seen: string) => Promise<void>
  /** Tells every page what has changed since it was told last. */
  notify: () => Promise<void>
  count: () => number
  close: () => void
}

interface Listener {
  response: ServerResponse
  topic: Topic
  /** Version of the records that its page shows. */
  seen: string
  /** Version and time of what it was told last of what goes on. */
  now: string
  at: number
}

/** What goes on is told again after so long though nothing changed but the time; it shows that the server is there, too. */
const MAX_SILENCE_MS = 15_000

export function openListeners(pages: Pages): Listeners {
  const all = new Set<Listener>()

  async function notifyTopic(topic: Topic, open: Listener[]): Promise<void> {
    // A page that does not read, asleep perhaps, is not written to until it does; it is told the newest then.
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
