/** The marks of a figure where this width shows them, and which of them a pointer or a key means. */
import { drawingOf } from './dom.ts'

/** Pixels from the figure's corner; NaN where the drawing leaves it out. */
export interface Mark {
  /** Of its page; empty for none. */
  href: string
  lines: string[]
  x: number
  y: number
  w: number
  h: number
}

export interface Marks {
  /** Empty where no drawing is shown. */
  read: () => Mark[]
  /** Index of the first that the drawing has; -1 for none. */
  first: () => number
  /** The figure has changed. */
  forget: () => void
}

/** Where a drawing lies in its figure, and in which size. */
interface Seen {
  svg: SVGSVGElement
  scale: number
  left: number
  top: number
}

/** Read anew only when the drawing has moved: a pointer asks many times a second. */
export function marksOf(figure: HTMLElement): Marks {
  let known: { seen: Seen; marks: Mark[] } | null = null

  function read(): Mark[] {
    const seen = look(figure)
    if (!seen) return []
    if (known && isSame(known.seen, seen)) return known.marks
    known = { seen, marks: marksIn(figure, seen) }
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

function look(figure: HTMLElement): Seen | null {
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

function isSame(a: Seen, b: Seen): boolean {
  return a.svg === b.svg && a.scale === b.scale && a.left === b.left && a.top === b.top
}

/** One for each line of the figure's tips; its place is that of the same number in the drawing's. */
function marksIn(figure: HTMLElement, { svg, scale, left, top }: Seen): Mark[] {
  const places = svg.dataset.marks?.split(' ') ?? []
  return (figure.dataset.tips ?? '').split('\n').map((line, i) => {
    const [href = '', ...lines] = line.split('\t')
    // "-" is none, and not a number.
    const [x = Number.NaN, y = Number.NaN, w = 0, h = 0] = (places[i] ?? '-').split(',').map(Number)
    return { href, lines, x: left + x * scale, y: top + y * scale, w: w * scale, h: h * scale }
  })
}

function isDrawn({ x }: Mark): boolean {
  return !Number.isNaN(x)
}

/** Pixels that a pointer may be away from what it means. */
const reach = 30

/** Index of the mark that a pointer means; -1 for none. */
export function nearest(marks: Mark[], figure: HTMLElement, { clientX, clientY, target }: MouseEvent): number {
  if ((target as Element).closest('figcaption')) return -1
  const { left, top } = figure.getBoundingClientRect()
  const [toX, toY] = [clientX - left, clientY - top]
  let found = -1
  let least = reach ** 2
  for (const [i, { x, y, w, h }] of marks.entries()) {
    const dx = Math.max(x - toX, 0, toX - x - w)
    const dy = Math.max(y - toY, 0, toY - y - h)
    // Also where a drawing leaves it out, and these are no numbers.
    if (!(dx ** 2 + dy ** 2 < least)) continue
    least = dx ** 2 + dy ** 2
    found = i
  }
  return found
}

/** Index of the mark that a key leads to from that at `at`, -1 for none; null for a key that does not step. */
export function steppedTo(marks: Mark[], at: number, key: string, isShown: boolean): number | null {
  const drawn = marks.flatMap((mark, i) => (isDrawn(mark) ? [i] : []))
  const steps = stepsOf(drawn.length).get(key)
  if (steps === undefined) return null
  // Where a tip was closed, the next step shows it again.
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
