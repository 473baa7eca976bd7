/**
 * Nights on one axis: the best so far as gain over each one's own baseline, over experiments, hours or dollars. A
 * colour is a machine, a dash one of its nights; each strong line has its name at its end, joined by a leader.
 */
import type { Make } from '../components/compare/make.ts'
import { type Style, styleOf } from './hand.ts'
import { ticks } from './scale.ts'
import { fitted, textWidth } from './text.ts'
import { placesText, type Tip } from './tips.ts'

export interface Race {
  /** What lies across: also the name of the drawing's class. */
  by: 'experiments' | 'hours' | 'dollars'
  metric: string
  lines: Line[]
}

/** Gains are percent of the baseline, positive where better. */
export interface Line {
  name: string
  /** Which machine, and which of its nights, counted from 0: colour and dash. */
  hand: [machine: number, night: number]
  /** The baseline and each keep. */
  steps: { at: number; gain: number; tip: Tip }[]
  /** Where the night ended. */
  end: number
  confirmed: { gain: number; interval: [number, number] } | null
  /** What stands at its end: "+2.7 ± 0.1%"; on a narrow page "+2.7%". */
  value: string
  brief: string
}

/** More lines than these are thin, grey and without a name: those that moved least. */
export const strongest = 8

const size = 12
const lineHeight = 15
/** Between two intervals side by side at the right. */
const slot = 7

/** Three drawings, of which the style sheet shows one. */
export const compareFigure = (make: Make, race: Race): Element[] => [
  draw(make, race, 1000, 'at-wide'),
  draw(make, race, 720, 'at-middle'),
  draw(make, race, 350, 'at-narrow'),
]

/** The lines that are drawn strongly, by how far they moved. */
export function strong({ lines }: Race): Line[] {
  const chosen = new Set([...lines].sort((a, b) => reached(b) - reached(a)).slice(0, strongest))
  return lines.filter(line => chosen.has(line))
}

/** What the marks say: a tip for each keep of the named lines, in the order of the drawings' places. */
export const raceTips = (race: Race): Tip[] => strong(race).flatMap(({ steps }) => steps.map(({ tip }) => tip))

/** The confirmed gain, else the last that was claimed. */
const reached = ({ steps, confirmed }: Line): number => confirmed?.gain ?? steps.at(-1)?.gain ?? 0

/** What the picture says, for readers who can't see it. */
export function raceLabel(race: Race): string {
  const named = strong(race).map(line => `${line.name} ${line.value}`)
  const more = race.lines.length - named.length
  return `Gain in ${race.metric} over each night's own baseline by ${race.by}: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`
}

interface Frame {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
  narrow: boolean
  x: (at: number) => number
  y: (gain: number) => number
  xTicks: ReturnType<typeof ticks>
  yTicks: ReturnType<typeof ticks>
}

function draw(make: Make, race: Race, width: number, className: string): Element {
  const frame = layOut(race, width)
  const named = strong(race)
  const faint = race.lines.filter(line => !named.includes(line))
  return make(
    'svg',
    {
      ...{ viewBox: `0 0 ${width} ${frame.height}`, width, height: frame.height, role: 'img', 'text-anchor': 'middle' },
      ...{ 'aria-label': raceLabel(race), class: `plot ${className}` },
      'data-marks': placesText(named.flatMap(({ steps }) => steps.map(s => [frame.x(s.at), frame.y(s.gain)] as const))),
    },
    axes(make, race, frame),
    make('g', { class: 'faint' }, ...faint.map(line => stairs(make, line, frame, null))),
    make('g', { class: 'strong' }, ...named.map(line => stairs(make, line, frame, styleOf(line.hand)))),
    ends(make, named, frame),
  )
}

function layOut(race: Race, width: number): Frame {
  const narrow = width < 600
  const height = narrow ? 340 : width < 800 ? 420 : 480
  const domain = reach(race)
  const yTicks = ticks(domain, narrow ? 3 : 4)
  const last = Math.max(...race.lines.map(line => line.end), 0) || 1
  const xTicks = ticks([0, last], narrow ? 3 : 6)
  const [top, bottom] = [44, height - 34]
  const left = Math.max(24, ...yTicks.values.map(v => textWidth(`+${yTicks.text(v)}%`, size) * 1.16 + 10))
  const names = Math.max(
    ...strong(race).map(line => wide(narrow ? line.brief : line.value, true) + wide(line.name) + 12),
    60,
  )
  const right = width - Math.min(names, narrow ? 132 : 300) - strip(race) - 18
  return {
    ...{ width, height, left, right, top, bottom, narrow, xTicks, yTicks },
    x: at => left + (at / last) * (right - left),
    y: gain => bottom - ((gain - domain[0]) / (domain[1] - domain[0])) * (bottom - top),
  }
}

/** In the widest of the usual fonts. */
const wide = (text: string, bold = false): number => textWidth(text, size, bold) * 1.16

/** Room for the intervals at the right. */
const strip = (race: Race): number => {
  const count = strong(race).filter(line => line.confirmed).length
  return count === 0 ? 0 : count * slot + 6
}

/** All gains, and the intervals as far as they don't flatten the lines. */
function reach({ lines }: Race): [number, number] {
  const gains = [0, ...lines.flatMap(l => [...l.steps.map(s => s.gain), ...(l.confirmed ? [l.confirmed.gain] : [])])]
  const [low, high] = [Math.min(...gains), Math.max(...gains)]
  const room = high - low || 1
  const ends = lines.flatMap(l => l.confirmed?.interval ?? [])
  return [
    Math.max(low - 0.4 * room, Math.min(low - 0.06 * room, ...ends)),
    Math.min(high + 0.4 * room, Math.max(high + 0.06 * room, ...ends)),
  ]
}

const units = {
  experiments: (text: string) => text,
  hours: (text: string) => `${text} h`,
  dollars: (text: string) => `$${text}`,
}

function axes(make: Make, { by, metric }: Race, frame: Frame): Element {
  const { left, right, bottom, x, y, xTicks, yTicks } = frame
  const title = `gain in ${metric}${frame.narrow ? '' : " over each one's own baseline"}, by ${by}`
  return make(
    'g',
    { class: 'axis' },
    make('text', { x: 0, y: 12, 'text-anchor': 'start', class: 'title' }, fitted(title, frame.width)),
    yTicks.values.map(v => [
      make('line', {
        ...{ x1: left, x2: right, y1: y(v), y2: y(v), stroke: 'var(--rule)' },
        ...(v === 0 ? {} : { 'stroke-width': 0.75, 'stroke-dasharray': '1 3' }),
      }),
      make('text', { x: left - 6, y: y(v) + 4, 'text-anchor': 'end' }, `${v > 0 ? '+' : ''}${yTicks.text(v)}%`),
    ]),
    xTicks.values.map(v => [
      make('line', { x1: x(v), x2: x(v), y1: bottom + 4, y2: bottom + 8, stroke: 'var(--mark)' }),
      make('text', { x: x(v), y: bottom + 22 }, units[by](xTicks.text(v))),
    ]),
  )
}

/** The best so far; where the night ended early a thin line leads on to its name. */
function stairs(make: Make, { steps, end }: Line, { x, y, right }: Frame, style: Style | null): Element {
  const [first, ...rest] = steps
  const last = steps.at(-1)
  if (!first || !last) return make('g')
  const way = `M${n(x(first.at))},${n(y(first.gain))}${rest.map(s => `H${n(x(s.at))}V${n(y(s.gain))}`).join('')}H${n(x(end))}`
  return make(
    'g',
    { fill: 'none', stroke: style?.colour ?? 'var(--rule)' },
    make('path', {
      ...{ d: way, class: 'stairs', 'stroke-width': style ? 1.75 : 1, 'stroke-dasharray': style?.dash ?? null },
      'stroke-linejoin': 'round',
    }),
    style !== null && right - x(end) > 4
      ? make('line', {
          ...{ x1: x(end) + 3, x2: right, y1: y(last.gain), y2: y(last.gain), class: 'on' },
          ...{ 'stroke-width': 0.75, 'stroke-dasharray': '1 4' },
        })
      : null,
  )
}

const n = (value: number): string => String(Number(value.toFixed(1)))

/** Confirmed gains with their intervals side by side, then the names, each beside its own end. */
function ends(make: Make, named: Line[], frame: Frame): Element {
  const { right, top, bottom, y } = frame
  const inside = (v: number) => Math.min(bottom, Math.max(top, v))
  const count = named.filter(line => line.confirmed).length
  const names = right + (count > 0 ? count * slot + 6 : 0) + 18
  const wanted = named.map(line => y(reached(line)))
  const spots = spread(wanted, top, bottom)
  const items = named.map((line, i) => ({ line, at: wanted[i] ?? 0, spot: spots[i] ?? 0 }))
  // From the lowest name to the highest: so no leader crosses another.
  const order = items.filter(({ line }) => line.confirmed).sort((one, other) => other.spot - one.spot)
  const places = new Map(order.map(({ line }, i) => [line, right + 8 + i * slot]))
  return make(
    'g',
    { class: 'ends' },
    items.map(({ line, at, spot }) => {
      const { colour } = styleOf(line.hand)
      const place = places.get(line)
      const [low, high] = line.confirmed?.interval ?? [0, 0]
      return [
        place === undefined
          ? null
          : make(
              'g',
              { class: 'confirmed' },
              make('line', {
                x1: place,
                x2: place,
                y1: inside(y(low)),
                y2: inside(y(high)),
                stroke: colour,
                'stroke-width': 1.5,
              }),
              make('circle', { cx: place, cy: inside(at), r: 3, fill: colour }),
            ),
        make('line', {
          x1: place === undefined ? right + 2 : place + 5,
          x2: names - 4,
          y1: inside(at),
          y2: spot,
          stroke: colour,
          'stroke-width': 0.75,
        }),
        nameOf(make, line, names, spot, frame),
      ]
    }),
  )
}

function nameOf(make: Make, line: Line, x: number, y: number, { width, narrow }: Frame): Element {
  const value = narrow ? line.brief : line.value
  const room = width - x - wide(value, true) - 8
  return make(
    'text',
    { x, y: y + 4, 'text-anchor': 'start', class: 'named' },
    make('tspan', { class: 'delta-ink' }, value),
    room < 12 ? null : `\u2002${fitted(line.name, room)}`,
  )
}

/** Heights near the wanted ones, a line of text apart, inside the frame as long as they fit there. */
export function spread(wanted: number[], top: number, bottom: number): number[] {
  const order = wanted.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at || a.i - b.i)
  const out: number[] = []
  const limit = (k: number) => bottom - (order.length - 1 - k) * lineHeight
  let above = top - lineHeight
  for (const [k, { at, i }] of order.entries()) {
    above = Math.max(above + lineHeight, Math.min(at, limit(k)))
    out[i] = above
  }
  return out
}
