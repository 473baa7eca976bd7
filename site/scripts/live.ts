/**
 * Keeps a page of a running session as the session is: only `pnpm site --serve` puts this into a page. The server tells when
 * the records have changed, and the page is fetched again and compared with what is shown: what is the same stays as it
 * is, and with it scroll position, focus, selection, and what a reader filtered, sorted or opened.
 */
import { duration } from '../../scripts/lib/format.ts'
import { one } from './dom.ts'
import { update } from './update.ts'

let source: EventSource | undefined
let retry: ReturnType<typeof setTimeout> | undefined
let fetching = false
let again = false
let lostAt: Date | undefined
/** When the clocks of runs were told last. */
let told = performance.now()

setInterval(tick, 1000)
// Nobody looks at a hidden page, and a browser has six connections for all of them; it is brought up to date when shown.
document.addEventListener('visibilitychange', connect)
addEventListener('pagehide', close)
addEventListener('pageshow', connect)

/** The part of a page that says what goes on; null once the session is over and reported. */
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
  // A browser would try again by itself, but not after every kind of failure.
  source.addEventListener('error', () => {
    close()
    lose()
    retry = setTimeout(connect, 3000)
  })
}

function close(): void {
  source?.close()
  source = undefined
  clearTimeout(retry)
}

function showNow(text: string): void {
  find()
  const [shown, sent] = [nowOf(document), nowOf(parse(text))]
  if (!shown || !sent) return
  // Only a page that was fetched brings the rest up to this version.
  if (shown.dataset.version !== undefined) sent.dataset.version = shown.dataset.version
  update(shown, sent)
  told = performance.now()
}

async function refresh(): Promise<void> {
  again = fetching
  if (fetching) return
  fetching = true
  try {
    const response = await fetch(location.pathname, { cache: 'no-store' })
    if (response.ok) showPage(parse(await response.text()))
  } catch {
    // The connection breaks as well, and says so.
  } finally {
    fetching = false
  }
  if (again) void refresh()
}

function showPage(page: Document): void {
  const active = document.activeElement
  update(one('main'), one('main', page))
  document.title = page.title
  if (active !== document.activeElement && active instanceof HTMLElement && active.isConnected)
    active.focus({ preventScroll: true })
  // Scripts that read the page once read it again.
  document.dispatchEvent(new Event('nightshift:changed'))
  // The session is over and reported: nothing will change any more.
  if (!nowOf(document)) close()
}

/** Parsed so, scripts do not run, and the page's policy forbids all but its own. */
function parse(text: string): Document {
  return new DOMParser().parseFromString(text, 'text/html')
}

function lose(): void {
  lostAt ??= new Date()
  const line = one('#now .lost')
  const time = lostAt.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  line.textContent = `Not updating since ${time}: the server is gone. This page goes on when it is back.`
  line.hidden = false
}

function find(): void {
  lostAt = undefined
  one('#now .lost').hidden = true
}

/** Between two messages the clocks of runs go on by themselves. */
function tick(): void {
  if (!source) return
  const passed = (performance.now() - told) / 1000
  for (const clock of document.querySelectorAll<HTMLElement>('[data-elapsed]')) {
    const text = clock.firstChild
    if (text instanceof Text) text.data = duration(Math.floor(Number(clock.dataset.elapsed) + passed))
  }
}
