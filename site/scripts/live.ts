/**
 * Keeps a page of a running session up to date; only `pnpm site --serve` adds this script. The server sends an event
 * when the records change; the page is then fetched again and merged: unchanged elements stay, and with them scroll
 * position, focus, selection, and what the reader filtered, sorted or opened.
 */
import { duration } from '../../scripts/lib/format.ts'
import { one } from './dom.ts'
import { update } from './update.ts'

let source: EventSource | undefined
let retry: ReturnType<typeof setTimeout> | undefined
let fetching = false
let refetch = false
let disconnectedAt: Date | undefined
/** Time of the last message with the clocks of runs. */
let lastUpdate = performance.now()

setInterval(tick, 1000)
// A hidden page disconnects: browsers allow six connections per host. It is updated when it is shown.
document.addEventListener('visibilitychange', connect)
addEventListener('pagehide', close)
addEventListener('pageshow', connect)

/** The live status of a page; null once the session has ended and its report is written. */
function nowOf(page: Document): HTMLElement | null {
  return page.getElementById('now')
}

function connect(): void {
  close()
  const now = nowOf(document)
  if (document.hidden || !now) return
  const { live = '', version = '' } = now.dataset
  source = new EventSource(
    `${location.origin}/live?topic=${encodeURIComponent(live)}&seen=${encodeURIComponent(version)}`,
  )
  source.addEventListener('now', ({ data }: MessageEvent<string>) => showNow(data))
  source.addEventListener('page', () => void refresh())
  // Browsers do not reconnect after every kind of failure.
  source.addEventListener('error', () => {
    close()
    showDisconnected()
    retry = setTimeout(connect, 3000)
  })
}

function close(): void {
  source?.close()
  source = undefined
  clearTimeout(retry)
}

function showNow(text: string): void {
  hideDisconnected()
  const [shown, sent] = [nowOf(document), nowOf(parse(text))]
  if (!shown || !sent) return
  // This message updates only the live status: the rest of the page keeps its version until it is fetched.
  if (shown.dataset.version !== undefined) sent.dataset.version = shown.dataset.version
  update(shown, sent)
  lastUpdate = performance.now()
}

async function refresh(): Promise<void> {
  refetch = fetching
  if (fetching) return
  fetching = true
  try {
    const response = await fetch(location.pathname, { cache: 'no-store' })
    if (response.ok) showPage(parse(await response.text()))
  } catch {
    // The event connection fails as well, and shows that.
  } finally {
    fetching = false
  }
  if (refetch) void refresh()
}

function showPage(page: Document): void {
  const active = document.activeElement
  update(one('main'), one('main', page))
  document.title = page.title
  if (active !== document.activeElement && active instanceof HTMLElement && active.isConnected)
    active.focus({ preventScroll: true })
  // Scripts that keep data of the page read it again.
  document.dispatchEvent(new Event('nightshift:changed'))
  // The session has ended and its report is written: nothing will change any more.
  if (!nowOf(document)) close()
}

/** DOMParser runs no scripts, and the page's policy forbids all but its own. */
function parse(text: string): Document {
  return new DOMParser().parseFromString(text, 'text/html')
}

function showDisconnected(): void {
  disconnectedAt ??= new Date()
  const line = one('#now .disconnected')
  const time = disconnectedAt.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  line.textContent = `Not updating since ${time}: the server is gone. This page goes on when it is back.`
  line.hidden = false
}

function hideDisconnected(): void {
  disconnectedAt = undefined
  one('#now .disconnected').hidden = true
}

/** Advances the clocks of runs between two messages. */
function tick(): void {
  if (!source) return
  const passed = (performance.now() - lastUpdate) / 1000
  for (const clock of document.querySelectorAll<HTMLElement>('[data-elapsed]')) {
    const text = clock.firstChild
    if (text instanceof Text) text.data = duration(Math.floor(Number(clock.dataset.elapsed) + passed))
  }
}
