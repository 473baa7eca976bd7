/**
 * Shows the tooltip of a figure's mark: of the nearest to the pointer, of a tapped one, or of the next by arrow keys.
 * A click, a second tap or Enter opens its page. site/figures/tips.ts defines the data.
 */
import { onDocument } from './dom.ts'
import { type Mark, type Marks, marksOf, nearest, steppedTo } from './marks.ts'

/** Elements added to a figure: `stage` takes the focus, `spot` surrounds the current mark, `tip` is its tooltip. */
interface Parts {
  figure: HTMLElement
  stage: HTMLElement
  spot: HTMLElement
  tip: HTMLAnchorElement
}

/** A figure's tooltip and its current mark. */
interface Tip extends Parts {
  marks: Marks
  /** Index of the last mark; -1 before the first. */
  at: number
}

/** What opened the tooltip. One opened by mouse ignores the pointer, so that marks below it stay reachable. */
type InputKind = 'mouse' | 'touch' | 'keys'

const done = new WeakSet<HTMLElement>()
setUpAll()
document.addEventListener('nightshift:changed', setUpAll)

function setUpAll(): void {
  for (const figure of document.querySelectorAll<HTMLElement>('figure[data-tips]')) {
    if (done.has(figure) || !figure.querySelector('svg[data-marks]')) continue
    done.add(figure)
    setUpFigure(figure)
  }
}

function setUpFigure(figure: HTMLElement): void {
  const parts = {
    figure,
    stage: clientElement('div', 'stage'),
    spot: clientElement('span', 'spot'),
    tip: clientElement('a', 'tip'),
  }
  const tip: Tip = { ...parts, marks: marksOf(figure), at: -1 }
  followPointer(tip)
  followKeys(tip)
  onDocument(figure, 'nightshift:changed', () => {
    tip.marks.forget()
    hide(tip)
    if (tip.at < 0) announce(tip, tip.marks.first())
  })
  describe(tip)
  figure.append(tip.stage, tip.spot, tip.tip)
  announce(tip, tip.marks.first())
}

function clientElement<Name extends 'a' | 'div' | 'span'>(name: Name, className: string): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.className = className
  made.hidden = true
  // Updates from the server must not remove this element.
  made.dataset.client = ''
  return made
}

/** For screen readers the stage is a slider. */
function describe({ figure, stage, tip }: Parts): void {
  const hasLinks = figure.dataset.tips?.split('\n').some(line => !line.startsWith('\t'))
  stage.tabIndex = 0
  stage.setAttribute('role', 'slider')
  stage.setAttribute('aria-valuemin', '1')
  stage.setAttribute('aria-label', `Marks of this figure${hasLinks ? '; Enter opens the page of one' : ''}`)
  stage.hidden = false
  // Keyboard users reach the tooltip through the stage.
  tip.tabIndex = -1
}

function followPointer(tip: Tip): void {
  const { figure } = tip
  const isOnTip = (event: Event) => tip.tip.contains(event.target as Node)
  figure.addEventListener('pointermove', event => {
    if (event.pointerType !== 'touch' && !isOnTip(event)) show(tip, nearest(tip.marks.read(), figure, event), 'mouse')
  })
  figure.addEventListener('pointerleave', event => {
    if (event.pointerType !== 'touch' && document.activeElement !== tip.stage) hide(tip)
  })
  figure.addEventListener('click', event => {
    if (isOnTip(event) || getSelection()?.isCollapsed === false) return
    const i = nearest(tip.marks.read(), figure, event)
    const again = i === tip.at && !tip.tip.hidden
    const isTouch = event instanceof PointerEvent && event.pointerType === 'touch'
    if (i >= 0 && (again || !isTouch)) open(tip, event)
    else show(tip, i, 'touch')
  })
  onDocument(figure, 'pointerdown', event => {
    if (!figure.contains(event.target as Node)) hide(tip)
  })
}

function followKeys(tip: Tip): void {
  const { stage, marks } = tip
  // The last mark may be missing from the current drawing.
  stage.addEventListener('focus', () =>
    show(tip, Number.isNaN(marks.read()[tip.at]?.x) ? marks.first() : tip.at, 'keys'),
  )
  stage.addEventListener('blur', () => hide(tip))
  stage.addEventListener('keydown', event => {
    if (event.key === 'Enter' && !tip.tip.hidden) open(tip, event)
    else if (!event.altKey && !event.ctrlKey && !event.metaKey && step(tip, event.key)) event.preventDefault()
  })
  onDocument(tip.figure, 'keydown', event => {
    if (event.key === 'Escape') hide(tip)
  })
}

/** @returns whether the key moves to another mark */
function step(tip: Tip, key: string): boolean {
  const to = steppedTo(tip.marks.read(), tip.at, key, !tip.tip.hidden)
  if (to !== null) show(tip, to, 'keys')
  return to !== null
}

function open({ tip }: Tip, { ctrlKey, metaKey, shiftKey }: MouseEvent | KeyboardEvent): void {
  tip.dispatchEvent(new MouseEvent('click', { ctrlKey, metaKey, shiftKey, cancelable: true }))
}

/** @param i index of a mark; -1 for none */
function show(tip: Tip, i: number, by: InputKind): void {
  const mark = tip.marks.read()[i]
  if (!mark) {
    hide(tip)
    return
  }
  announce(tip, i)
  fill(tip, mark)
  tip.tip.dataset.by = by
  tip.tip.hidden = tip.spot.hidden = false
  position(tip, mark)
}

function hide({ figure, spot, tip }: Tip): void {
  tip.hidden = spot.hidden = true
  figure.classList.remove('linked')
}

/** Sets the slider's value, which a screen reader reads out at each step. */
function announce(tip: Tip, i: number): void {
  const marks = tip.marks.read()
  const mark = marks[i]
  // A hidden figure has no marks.
  if (!mark) return
  tip.at = i
  tip.stage.setAttribute('aria-valuemax', String(marks.length))
  tip.stage.setAttribute('aria-valuenow', String(i + 1))
  tip.stage.setAttribute('aria-valuetext', mark.lines.join('. '))
}

function fill({ figure, tip }: Tip, { href, lines }: Mark): void {
  const spans = lines.map(line => {
    const span = document.createElement('span')
    span.textContent = line
    return span
  })
  tip.replaceChildren(...spans)
  if (href === '') tip.removeAttribute('href')
  else tip.href = href
  figure.classList.toggle('linked', href !== '')
}

/** Places the tooltip above the mark, or below it at the window's top edge. */
function position({ figure, spot, tip }: Tip, { x, y, w, h }: Mark): void {
  const [width, height] = [Math.max(w, 12), Math.max(h, 12)]
  moveTo(spot, x + w / 2 - width / 2, y + h / 2 - height / 2)
  spot.style.width = `${width}px`
  spot.style.height = `${height}px`
  const above = y - tip.offsetHeight - 12
  const hasRoom = above + figure.getBoundingClientRect().top > 0
  const middle = w > 200 ? 0 : x + w / 2 - tip.offsetWidth / 2
  moveTo(tip, Math.min(Math.max(0, middle), figure.clientWidth - tip.offsetWidth), hasRoom ? above : y + h + 12)
}

function moveTo({ style }: HTMLElement, left: number, top: number): void {
  style.left = `${left}px`
  style.top = `${top}px`
}
