// Tells what a mark of a figure is: of the nearest to the pointer, of one that is tapped, or of the next by arrow keys. A
// click, a second tap or Enter opens its page. Which marks there are and where: site/figures/tips.ts.
{
  const reach = 30
  const done = new WeakSet()

  const element = (name, className) => {
    const made = document.createElement(name)
    made.className = className
    made.hidden = true
    // Not the server's, where the page keeps itself up to date.
    made.dataset.own = ''
    return made
  }

  function enliven(figure) {
    const [stage, spot, tip] = [element('div', 'stage'), element('span', 'spot'), element('a', 'tip')]
    const gone = new AbortController()
    let at = -1
    let seen
    let read

    // Texts, and the places in the drawing that this width shows, in pixels from the figure's corner.
    function marks() {
      const svg = [...figure.querySelectorAll('svg[data-marks]')].find(drawing => drawing.getClientRects().length > 0)
      if (!svg) return []
      const [drawn, whole] = [svg.getBoundingClientRect(), figure.getBoundingClientRect()]
      const scale = drawn.width / svg.viewBox.baseVal.width
      const [left, top] = [drawn.left - whole.left, drawn.top - whole.top]
      if (seen?.svg === svg && seen.scale === scale && seen.left === left && seen.top === top) return read
      seen = { svg, scale, left, top }
      const places = svg.dataset.marks.split(' ').map(place => (place === '-' ? null : place.split(',').map(Number)))
      read = figure.dataset.tips.split('\n').map((line, i) => {
        const [x, y, w = 0, h = 0] = places[i] ?? [Number.NaN, Number.NaN]
        const [href, ...lines] = line.split('\t')
        return { href, lines, x: left + x * scale, y: top + y * scale, w: w * scale, h: h * scale }
      })
      return read
    }

    function nearest({ clientX, clientY, target }) {
      if (target.closest('figcaption')) return -1
      const { left, top } = figure.getBoundingClientRect()
      let found = -1
      let least = reach ** 2
      for (const [i, { x, y, w, h }] of marks().entries()) {
        const dx = Math.max(x - (clientX - left), 0, clientX - left - x - w)
        const dy = Math.max(y - (clientY - top), 0, clientY - top - y - h)
        // Also where a drawing leaves it out, and these are no numbers.
        if (!(dx ** 2 + dy ** 2 < least)) continue
        least = dx ** 2 + dy ** 2
        found = i
      }
      return found
    }

    // By whom: a mouse is not kept from the marks that lie under the tip.
    function show(i, by) {
      if (i < 0) return hide()
      tell(i)
      const { href, lines, x, y, w, h } = marks()[i]
      tip.replaceChildren(
        ...lines.map(line => {
          const span = document.createElement('span')
          span.textContent = line
          return span
        }),
      )
      if (href) tip.href = href
      else tip.removeAttribute('href')
      tip.dataset.by = by
      tip.hidden = spot.hidden = false
      figure.classList.toggle('leads', href !== '')
      const [width, height] = [Math.max(w, 12), Math.max(h, 12)]
      put(spot, x + w / 2 - width / 2, y + h / 2 - height / 2)
      spot.style.width = `${width}px`
      spot.style.height = `${height}px`
      const above = y - tip.offsetHeight - 12
      const room = above + figure.getBoundingClientRect().top > 0
      const middle = w > 200 ? 0 : x + w / 2 - tip.offsetWidth / 2
      put(tip, Math.min(Math.max(0, middle), figure.clientWidth - tip.offsetWidth), room ? above : y + h + 12)
    }

    function hide() {
      tip.hidden = spot.hidden = true
      figure.classList.remove('leads')
    }

    const first = () => marks().findIndex(({ x }) => !Number.isNaN(x))

    // As a slider: its value is what a screen reader says at each step.
    function tell(i) {
      // Of a figure that is not shown now.
      if (i < 0) return
      const { lines } = marks()[i]
      at = i
      for (const [name, value] of Object.entries({ max: marks().length, now: i + 1, text: lines.join('. ') }))
        stage.setAttribute(`aria-value${name}`, value)
    }

    function step(key) {
      const shown = marks().flatMap(({ x }, i) => (Number.isNaN(x) ? [] : [i]))
      const steps = {
        ArrowRight: 1,
        ArrowDown: 1,
        ArrowLeft: -1,
        ArrowUp: -1,
        PageDown: 10,
        PageUp: -10,
        End: shown.length,
        Home: -shown.length,
      }
      if (!(key in steps)) return false
      // Where a tip was closed, the next step shows it again.
      const by = tip.hidden && Math.abs(steps[key]) === 1 ? 0 : steps[key]
      const to = Math.max(0, shown.indexOf(at)) + by
      show(shown[Math.min(Math.max(0, to), shown.length - 1)] ?? -1, 'keys')
      return true
    }

    const open = ({ ctrlKey, metaKey, shiftKey }) =>
      tip.dispatchEvent(new MouseEvent('click', { ctrlKey, metaKey, shiftKey, cancelable: true }))

    figure.addEventListener('pointermove', event => {
      if (event.pointerType !== 'touch' && !tip.contains(event.target)) show(nearest(event), 'mouse')
    })
    figure.addEventListener('pointerleave', event => {
      if (event.pointerType !== 'touch' && document.activeElement !== stage) hide()
    })
    figure.addEventListener('click', event => {
      if (tip.contains(event.target) || !getSelection().isCollapsed) return
      const i = nearest(event)
      const again = i === at && !tip.hidden
      if (i >= 0 && (again || event.pointerType !== 'touch')) open(event)
      else show(i, 'touch')
    })
    // The one it was at may be left out of what is drawn now.
    stage.addEventListener('focus', () => show(Number.isNaN(marks()[at]?.x) ? first() : at, 'keys'))
    stage.addEventListener('blur', hide)
    stage.addEventListener('keydown', event => {
      if (event.key === 'Enter' && !tip.hidden) open(event)
      else if (!event.altKey && !event.ctrlKey && !event.metaKey && step(event.key)) event.preventDefault()
    })
    onDocument('keydown', event => {
      if (event.key === 'Escape') hide()
    })
    onDocument('pointerdown', event => {
      if (!figure.contains(event.target)) hide()
    })
    onDocument('nightshift:changed', () => {
      seen = undefined
      hide()
      if (at < 0) tell(first())
    })

    // Until another figure has taken this one's place.
    function onDocument(type, act) {
      document.addEventListener(type, event => (figure.isConnected ? act(event) : gone.abort()), {
        signal: gone.signal,
      })
    }

    const leads = figure.dataset.tips.split('\n').some(line => !line.startsWith('\t'))
    const about = {
      role: 'slider',
      tabindex: 0,
      'aria-valuemin': 1,
      'aria-label': `Marks of this figure${leads ? '; Enter opens the page of one' : ''}`,
    }
    for (const [name, value] of Object.entries(about)) stage.setAttribute(name, value)
    // The figure's way to them is the stage.
    tip.tabIndex = -1
    stage.hidden = false
    figure.append(stage, spot, tip)
    tell(first())
  }

  const put = ({ style }, left, top) => {
    style.left = `${left}px`
    style.top = `${top}px`
  }

  function all() {
    for (const figure of document.querySelectorAll('figure[data-tips]')) {
      if (done.has(figure) || !figure.querySelector('svg[data-marks]')) continue
      done.add(figure)
      enliven(figure)
    }
  }
  all()
  document.addEventListener('nightshift:changed', all)
}
