/**
 * Zooms into a range of a session: by dragging with a mouse or pen, by keys around the current mark, or by the button that
 * leaves the first steps out; touch scrolls the page as usual. Print and pages without scripts show the whole session.
 */
import { maker } from '../components/compare/make.ts'
import { AFTER_FIRST_STEPS, readZoomText, type ZoomRange, zoomFigure, zoomRangeText } from '../figures/frontier/zoom.ts'
import { drawingOf, onDocument } from './dom.ts'

/** Smallest range, in positions. */
const MIN_SPAN = 20
/** Pixels that the pointer may move during a click. */
const CLICK_TOLERANCE = 6

const make = maker(document)
const done = new WeakSet<HTMLElement>()
setUpAll()
document.addEventListener('nightshift:changed', setUpAll)

function setUpAll(): void {
  for (const figure of document.querySelectorAll<HTMLElement>('figure[data-zoom]')) {
    const stage = figure.querySelector<HTMLElement>('.stage')
    if (done.has(figure) || !stage) continue
    done.add(figure)
    setUpFigure(figure, stage)
  }
}

function setUpFigure(figure: HTMLElement, stage: HTMLElement): void {
  const hint = make('span', { class: 'hint' }, 'Drag over a stretch to look closer') as HTMLElement
  const later = make('button', { type: 'button' }, `From experiment ${AFTER_FIRST_STEPS}`) as HTMLElement
  const rangeText = make('span', { role: 'status' })
  const showAll = make('button', { type: 'button' }, 'Show the whole session') as HTMLElement
  const view = clientElement('div', 'zoom-view')
  const read = () => readZoomText(figure.dataset.zoom ?? '', figure.dataset.tips ?? '')
  let data = read()
  let shown: ZoomRange | null = null
  const last = () => data.points.at(-1)?.place ?? 0

  function show(range: ZoomRange | null): void {
    shown = range
    figure.classList.toggle('zoomed', range !== null)
    showAll.hidden = range === null
    hint.hidden = later.hidden = range !== null
    rangeText.textContent = range && zoomRangeText(data, range)
    view.replaceChildren(...(range ? zoomFigure(make, data, range) : []))
    // Places the tooltip again, or hides it.
    stage.dispatchEvent(new FocusEvent(document.activeElement === stage ? 'focus' : 'blur'))
  }

  /** Shows `span` positions around `middle`, within the session; the whole session if that is not longer. */
  function zoomTo(middle: number, span: number): void {
    const size = Math.max(MIN_SPAN, Math.round(span))
    const from = Math.min(Math.max(0, Math.round(middle - size / 2)), last() - size)
    show(size < last() ? [from, from + size] : null)
  }

  /** The position drawn at a screen coordinate, interpolated between two marks. */
  function placeAt(clientX: number): number {
    const svg = drawingOf(figure)
    if (!svg) return 0
    const marks = svg.dataset.marks?.split(' ') ?? []
    const drawnMarks = data.tipped.flatMap((p, i) =>
      marks[i] === '-' ? [] : [[p.place, Number.parseFloat(marks[i] ?? '')]],
    )
    const [[a = 0, left = 0] = [], [b = 1, right = 1] = []] = [drawnMarks[0], drawnMarks.at(-1)]
    const box = svg.getBoundingClientRect()
    const x = ((clientX - box.left) * svg.viewBox.baseVal.width) / box.width
    const [from, to] = shown ?? [0, last()]
    return Math.min(to, Math.max(from, a + ((x - left) * (b - a)) / (right - left)))
  }

  onDrag(figure, ends => {
    const [a, b] = ends.map(placeAt) as [number, number]
    zoomTo((a + b) / 2, Math.abs(a - b))
  })
  // Pressed by key, the button is hidden then, so the focus moves on.
  const onPress = (button: HTMLElement, range: () => ZoomRange | null) =>
    button.addEventListener('click', event => {
      show(range())
      if (event.detail === 0) (showAll.hidden ? stage : showAll).focus({ preventScroll: true })
    })
  onPress(showAll, () => null)
  onPress(later, () => [AFTER_FIRST_STEPS, last()])
  stage.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const [from, to] = shown ?? [0, last()]
    const at = data.tipped[Number(stage.getAttribute('aria-valuenow')) - 1]?.place ?? 0
    if (event.key === '+' || event.key === '=') zoomTo(at, (to - from) / 2)
    else if (event.key === '-') zoomTo(at, (to - from) * 2)
    else if (event.key === '0') show(null)
    else return
    event.preventDefault()
  })
  onDocument(figure, 'nightshift:changed', () => {
    data = read()
    show(shown)
  })

  stage.setAttribute('aria-description', 'Plus looks closer, minus less close, 0 shows the whole session')
  figure.querySelector('figcaption')?.before(view, clientElement('p', 'zoom-bar', hint, rangeText, later, showAll))
  show(null)
}

/** Calls `onSelect` with both ends (`clientX`) of a drag by mouse or pen, and shows the range meanwhile. */
function onDrag(figure: HTMLElement, onSelect: (ends: [number, number]) => void): void {
  const rangeBox = clientElement('div', 'drag-range')
  let begun: number | null = null
  let dragged = false

  function stop(): void {
    begun = null
    rangeBox.remove()
    figure.classList.remove('dragging')
  }

  function begin(pointer: number): void {
    dragged = true
    figure.setPointerCapture(pointer)
    figure.classList.add('dragging')
    figure.append(rangeBox)
    rangeBox.style.height = `${drawingOf(figure)?.getBoundingClientRect().height}px`
  }

  figure.addEventListener('pointerdown', event => {
    dragged = false
    const on = (event.target as Element).closest('.plot')
    if (on && event.button === 0 && event.pointerType !== 'touch' && event.isPrimary) begun = event.clientX
  })
  figure.addEventListener('pointermove', event => {
    if (begun === null || (!dragged && Math.abs(event.clientX - begun) < CLICK_TOLERANCE)) return
    if (!dragged) begin(event.pointerId)
    const { left, width } = figure.getBoundingClientRect()
    const [a, b] = [begun, event.clientX].map(x => Math.min(width, Math.max(0, x - left))) as [number, number]
    rangeBox.style.left = `${Math.min(a, b)}px`
    rangeBox.style.width = `${Math.abs(a - b)}px`
  })
  figure.addEventListener('pointerup', event => {
    if (begun !== null && dragged) onSelect([begun, event.clientX])
    stop()
  })
  figure.addEventListener('pointercancel', stop)
  onDocument(figure, 'keydown', event => {
    if (event.key === 'Escape') stop()
  })
  // The end of a drag opens no page, and a drag selects no text.
  figure.addEventListener('click', event => event.detail > 0 && dragged && event.stopImmediatePropagation(), {
    capture: true,
  })
  figure.addEventListener('selectstart', event => begun !== null && event.preventDefault())
}

/** An element that updates from the server must not remove. */
function clientElement(tag: string, name: string, ...children: Element[]): HTMLElement {
  return make(tag, { class: name, 'data-client': '' }, ...children) as HTMLElement
}
