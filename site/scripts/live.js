// Keeps a page of a running night as the night is: only `pnpm site --serve` puts this into a page. The server tells when
// the records have changed, and the page is fetched again and compared with what is shown: what is the same stays as it
// is, and with it scroll position, focus, selection, and what a reader filtered, sorted or opened.
// A function, not a block: what a block of a classic script declares by `function` is the window's, `close` among it.
void (() => {
  let source
  let retry
  let fetching = false
  let again = false

  const now = () => document.getElementById('now')

  function connect() {
    close()
    if (document.hidden || !now()) return
    const { live, version } = now().dataset
    source = new EventSource(
      `${location.origin}/live?topic=${encodeURIComponent(live)}&seen=${encodeURIComponent(version)}`,
    )
    source.addEventListener('now', event => {
      found()
      const told = parse(event.data).getElementById('now')
      // Only a page that was fetched brings the rest up to this version.
      told.dataset.version = now().dataset.version
      update(now(), told)
      begun = performance.now()
    })
    source.addEventListener('page', () => void refresh())
    // A browser would try again by itself, but not after every kind of failure.
    source.addEventListener('error', () => {
      close()
      lose()
      retry = setTimeout(connect, 3000)
    })
  }

  function close() {
    source?.close()
    source = undefined
    clearTimeout(retry)
  }

  async function refresh() {
    again = fetching
    if (fetching) return
    fetching = true
    try {
      const response = await fetch(location.pathname, { cache: 'no-store' })
      if (response.ok) show(parse(await response.text()))
    } catch {
      // The connection breaks as well, and says so.
    } finally {
      fetching = false
    }
    if (again) void refresh()
  }

  function show(page) {
    const active = document.activeElement
    update(document.querySelector('main'), page.querySelector('main'))
    document.title = page.title
    if (active !== document.activeElement && active?.isConnected) active.focus({ preventScroll: true })
    // Scripts that read the page once read it again.
    document.dispatchEvent(new Event('nightshift:changed'))
    // The night is over and reported: nothing will change any more.
    if (!now()) close()
  }

  // Parsed so, scripts do not run, and the page's policy forbids all but its own.
  const parse = text => new DOMParser().parseFromString(text, 'text/html')

  function update(from, to) {
    const chosen = [...from.querySelectorAll('select')].map(select => [select, select.value])
    morphdom(from, to, { getNodeKey: key, onBeforeElUpdated: keep, onBeforeNodeDiscarded: node => !isOwn(node) })
    for (const [select, value] of chosen) select.value = value
  }

  // Another script of the page has put it there, or writes into it.
  const isOwn = node => node.dataset?.own !== undefined
  // By which an element finds itself in the new page; one that is not there finds no other in its place.
  const key = node => (isOwn(node) ? `own ${node.className}` : node.id)

  // What belongs to the reader, or to another script, is not the server's. `false`: the element is left as it is.
  function keep(from, to) {
    if (from.isEqualNode(to) || isOwn(from) || from.localName === 'input') return false
    for (const name of ['hidden', 'open', 'aria-sort']) {
      if (from.hasAttribute(name)) to.setAttribute(name, from.getAttribute(name))
      else to.removeAttribute(name)
    }
    if (from.localName === 'tbody') order(from, to)
    return true
  }

  // A sorted table stays sorted: rows that are there keep their order, new ones come after them.
  function order(from, to) {
    const place = new Map([...from.rows].map((row, i) => [row.id, i]))
    const at = row => place.get(row.id) ?? place.size
    to.append(...[...to.rows].sort((a, b) => at(a) - at(b)))
  }

  let lostAt

  function lose() {
    lostAt ??= new Date()
    const line = document.querySelector('#now .lost')
    const time = lostAt.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
    line.textContent = `Not updating since ${time}: the server is gone. This page goes on when it is back.`
    line.hidden = false
  }

  function found() {
    lostAt = undefined
    document.querySelector('#now .lost').hidden = true
  }

  // Between two messages the clocks of runs go on by themselves.
  let begun = performance.now()

  function tick() {
    if (!source) return
    const passed = (performance.now() - begun) / 1000
    for (const clock of document.querySelectorAll('[data-elapsed]'))
      clock.firstChild.data = duration(Math.floor(Number(clock.dataset.elapsed) + passed))
  }

  function duration(s) {
    const two = n => String(n).padStart(2, '0')
    if (s < 60) return `${s} s`
    return s < 3600
      ? `${Math.floor(s / 60)} min ${two(s % 60)} s`
      : `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`
  }

  setInterval(tick, 1000)
  // Nobody looks at a hidden page, and a browser has six connections for all of them; it is brought up to date when shown.
  document.addEventListener('visibilitychange', connect)
  addEventListener('pagehide', close)
  addEventListener('pageshow', connect)
})()
