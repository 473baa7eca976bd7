/** Positions of a figure's marks at the current width, and which mark a pointer or key selects. */
import { drawingOf } from './dom.ts'

/** Pixels from the figure's corner; NaN where the drawing has no such mark. */
export interface Mark {
  /** Link of the mark; empty for none. */
  href: string
  lines: string[]
  x: number
  y: number
  w: number
  h: number
}

export interface Marks {
  /** Empty where no drawing is visible. */
  read: () => Mark[]
  /** Index of the first mark in the drawing; -1 for none. */
  first: () => number
  /** Clears the cache after the figure has changed. */
  forget: () => void
}

/** Position and scale of a drawing in its figure. */
interface DrawingBox {
  svg: SVGSVGElement
  scale: number
  left: number
  top: number
}

/** Recomputed only when the drawing has moved, since pointer events come many times a second. */
export function marksOf(figure: HTMLElement): Marks {
  let known: { box: DrawingBox; marks: Mark[] } | null = null

  function read(): Mark[] {
    const box = drawingBox(figure)
    if (!box) return []
    if (known && isSame(known.box, box)) return known.marks
    known = { box, marks: marksIn(figure, box) }
    return known.marks
  }

  return {
    read,
    first: () => read().findIndex(isDrawn),
    forget: () => {
      known = null
    },
  }
}

function drawingBox(figure: HTMLElement): DrawingBox | null {
  const svg = drawingOf(figure)
  if (!svg) return null
  const [drawn, whole] = [svg.getBoundingClientRect(), figure.getBoundingClientRect()]
  return {
    svg,
    scale: drawn.width / svg.viewBox.baseVal.width,
    left: drawn.left - whole.left,
    top: drawn.top - whole.top,
  }
}

function isSame(a: DrawingBox, b: DrawingBox): boolean {
  return a.svg === b.svg && a.scale === b.scale && a.left === b.left && a.top === b.top
}

/** One mark per line of `data-tips`, with the position of the same index in `data-marks`. */
function marksIn(figure: HTMLElement, { svg, scale, left, top }: DrawingBox): Mark[] {
  const places = svg.dataset.marks?.split(' ') ?? []
  return (figure.dataset.tips ?? '').split('\n').map((line, i) => {
    const [href = '', ...lines] = line.split('\t')
    // "-" becomes NaN.
    const [x = Number.NaN, y = Number.NaN, w = 0, h = 0] = (places[i] ?? '-').split(',').map(Number)
    return { href, lines, x: left + x * scale, y: top + y * scale, w: w * scale, h: h * scale }
  })
}

function isDrawn({ x }: Mark): boolean {
  return !Number.isNaN(x)
}

/** Largest distance in pixels between pointer and mark. */
const MAX_DISTANCE = 30

/** Index of the mark nearest to the pointer; -1 for none. */
export function nearest(marks: Mark[], figure: HTMLElement, { clientX, clientY, target }: MouseEvent): number {
  if ((target as Element).closest('figcaption')) return -1
  const { left, top } = figure.getBoundingClientRect()
  const [toX, toY] = [clientX - left, clientY - top]
  let found = -1
  let smallest = MAX_DISTANCE ** 2
  for (const [i, { x, y, w, h }] of marks.entries()) {
    const dx = Math.max(x - toX, 0, toX - x - w)
    const dy = Math.max(y - toY, 0, toY - y - h)
    // Written so that NaN (a mark that is not drawn) is skipped.
    if (!(dx ** 2 + dy ** 2 < smallest)) continue
    smallest = dx ** 2 + dy ** 2
    found = i
  }
  return found
}

/** Index of the mark after a key press at mark `at`, -1 for none; null for a key that does not move. */
export function steppedTo(marks: Mark[], at: number, key: string, isShown: boolean): number | null {
  const drawn = marks.flatMap((mark, i) => (isDrawn(mark) ? [i] : []))
  const steps = stepsOf(drawn.length).get(key)
  if (steps === undefined) return null
  // After a tooltip was closed, the first arrow key shows it again.
  const by = !isShown && Math.abs(steps) === 1 ? 0 : steps
  const to = Math.max(0, drawn.indexOf(at)) + by
  return drawn[Math.min(Math.max(0, to), drawn.length - 1)] ?? -1
}

function stepsOf(count: number): Map<string, number> {
  return new Map([
    ['ArrowRight', 1],
    ['ArrowDown', 1],
    ['ArrowLeft', -1],
    ['ArrowUp', -1],
    ['PageDown', 10],
    ['PageUp', -10],
    ['End', count],
    ['Home', -count],
  ])
}
