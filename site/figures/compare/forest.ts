/**
 * Replications as a forest plot for an SVG file (the page has a table): a group of rows per change, a row per session,
 * one axis.
 */
import type { Make } from '../../components/compare/make.ts'
import { fitted, textWidth } from '../text.ts'
import { axisOf, axisTexts, type Effect, effectMarks, rowHeight } from './replication.ts'

export interface Forest {
  /** e.g. "Change in val_bpb …". */
  title: string
  changes: Change[]
  /** Number of changes that are left out. */
  more: number
}

export interface Change {
  name: string
  /** "replicated, better" */
  label: string
  lines: Line[]
  /** Number of sessions that are left out. */
  more: number
  together: { effect: Effect; value: string } | null
}

export interface Line {
  session: string
  step: string
  /** "1.19 ± 0.14% lower", or the reason why there is none. */
  value: string
  effect: Effect | null
  /** Index of the machine and of the session within it. */
  styleKey: [number, number]
}

const width = 1000
const axis = { left: 700, width: 300 }
/** Left edges of the texts, and the right edge of the values. */
const columns = { session: 14, step: 330, value: 680 }
const head = 52
const key = 'filled dot: the interval excludes zero; diamond: all sessions together; triangle: off the axis'
const apart = 10

/** One drawing; `changes` must not be empty. */
export function forestFigure(make: Make, forest: Forest): Element {
  const { title, changes, more } = forest
  const tops: number[] = []
  let top = head
  for (const change of changes) {
    tops.push(top)
    top += linesOf(change) * rowHeight + apart
  }
  const height = top + (more > 0 ? rowHeight : 0)
  const half = axisOf(changes.flatMap(effectsOf))
  const zero = axis.left + axis.width / 2
  return make(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'text-anchor': 'middle',
      class: 'plot',
      'aria-label': `${title}: ${changes.map(({ name, label }) => `${name} ${label}`).join('; ')}.`,
    },
    make('g', { class: 'axis' }, write(make, fitted(title, width), 0, 12), write(make, key, 0, 32)),
    make('g', { transform: `translate(${axis.left},22)` }, axisTexts(make, half, axis.width)),
    make('line', { x1: zero, x2: zero, y1: head - 6, y2: top - apart, stroke: 'var(--rule)' }),
    changes.map((change, i) => group(make, change, tops[i] ?? head, half)),
    more > 0 ? make('g', { class: 'soft' }, write(make, `… and ${more} more changes`, 0, top + 15)) : null,
  )
}

const effectsOf = ({ lines, together }: Change): Effect[] => [
  ...lines.flatMap(({ effect }) => effect ?? []),
  ...(together ? [together.effect] : []),
]

/** Rows of a change: its name, its sessions, one for those left out, one for the pooled effect. */
const linesOf = ({ lines, more, together }: Change): number =>
  1 + lines.length + (more > 0 ? 1 : 0) + (together === null ? 0 : 1)

function group(make: Make, change: Change, top: number, half: number): Element {
  const { name, label, lines, more, together } = change
  const last = rowHeight * (1 + lines.length + (more > 0 ? 1 : 0))
  const room = columns.value - textWidth(label, 12) * 1.16 - 12
  return make(
    'g',
    { transform: `translate(0,${top})` },
    make('line', { x1: 0, x2: width, y1: 0, y2: 0, stroke: 'var(--rule)', 'stroke-width': 0.75 }),
    make(
      'text',
      { x: 0, y: 15, 'text-anchor': 'start' },
      make('tspan', { class: 'delta-ink' }, fitted(name, room / 1.06)),
      make('tspan', { class: 'soft' }, `\u2002${label}`),
    ),
    lines.map((line, i) => [
      words(make, line, rowHeight * (i + 1)),
      line.effect ? marks(make, line.effect, half, line.styleKey, rowHeight * (i + 1)) : null,
    ]),
    more > 0
      ? make('g', { class: 'soft' }, write(make, `${more} more sessions`, columns.session, last - rowHeight + 15))
      : null,
    together
      ? [
          words(make, { session: 'all together', step: '', value: together.value }, last),
          marks(make, together.effect, half, null, last),
        ]
      : null,
  )
}

const marks = (make: Make, effect: Effect, half: number, styleKey: Line['styleKey'] | null, y: number): Element =>
  make(
    'g',
    { transform: `translate(${axis.left},${y})` },
    effectMarks(make, effect, { half, styleKey, width: axis.width }),
  )

function words(make: Make, { session, step, value }: Pick<Line, 'session' | 'step' | 'value'>, y: number): Element[] {
  const { session: left, step: middle, value: right } = columns
  return [
    write(make, fitted(session, middle - left - 10), left, y + 15),
    ...(step === '' ? [] : [write(make, fitted(step, right - middle - 130), middle, y + 15)]),
    write(make, fitted(value, 120), right, y + 15, 'end'),
  ]
}

const write = (make: Make, text: string, x: number, y: number, anchor = 'start'): Element =>
  make('text', { x, y, 'text-anchor': anchor }, text)
