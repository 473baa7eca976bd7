/**
 * The frontiers of several sessions on one axis: best so far as change from each session's own baseline, by experiments,
 * hours or dollars. A colour is a machine, a dash one of its sessions. Each strong line has its name at its end,
 * joined by a leader.
 */
import { betterText } from '../../../scripts/analysis/relative.ts'
import type { Make } from '../../components/compare/make.ts'
import { fitted } from '../text.ts'
import { placesText, type Tip } from '../tips.ts'
import { type Frame, type Frontiers, type Line, layOut, namedLines } from './frame.ts'
import { ends } from './lineEnds.ts'
import { type Style, styleOf } from './lineStyle.ts'

/** Three widths, of which the style sheet shows one. */
export const frontiersFigure = (make: Make, frontiers: Frontiers): Element[] => [
  draw(make, frontiers, 1000, 'at-wide'),
  draw(make, frontiers, 720, 'at-middle'),
  draw(make, frontiers, 350, 'at-narrow'),
]

/** One drawing for an SVG file; it includes a key, since a file has no caption. */
export function frontiersDrawing(make: Make, frontiers: Frontiers): Element {
  const drawing = draw(make, frontiers, 1000, 'at-wide')
  if (namedLines(frontiers).some(({ confirmed }) => confirmed !== null))
    drawing.append(make('text', { x: 0, y: 30, 'text-anchor': 'start', class: 'axis' }, key))
  return drawing
}

const key = 'dot and bar: the change in the runs of confirm, with its 95% interval; filled where it is better'

/** A tooltip per keep of the named lines, in the order of the drawings' places. */
export const frontiersTips = (frontiers: Frontiers): Tip[] =>
  namedLines(frontiers).flatMap(({ steps }) => steps.map(({ tip }) => tip))

/** Text alternative for screen readers. */
export function frontiersLabel(frontiers: Frontiers): string {
  const named = namedLines(frontiers).map(line => `${line.name} ${line.value}`)
  const more = frontiers.lines.length - named.length
  return `Change in ${frontiers.metric.name} from each session's own baseline by ${frontiers.by}: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`
}

function draw(make: Make, frontiers: Frontiers, width: number, className: string): Element {
  const frame = layOut(frontiers, width)
  const named = namedLines(frontiers)
  const faint = frontiers.lines.filter(line => !named.includes(line))
  return make(
    'svg',
    {
      viewBox: `0 0 ${width} ${frame.height}`,
      width,
      height: frame.height,
      role: 'img',
      'text-anchor': 'middle',
      'aria-label': frontiersLabel(frontiers),
      class: `plot ${className}`,
      'data-marks': placesText(
        named.flatMap(({ steps }) => steps.map(s => [frame.x(s.at), frame.y(s.change)] as const)),
      ),
    },
    axes(make, frontiers, frame),
    make('g', { class: 'faint' }, ...faint.map(line => stairs(make, line, frame, null))),
    make('g', { class: 'strong' }, ...named.map(line => stairs(make, line, frame, styleOf(line.styleKey)))),
    ends(make, named, frame),
  )
}

const units = {
  experiments: (text: string) => text,
  hours: (text: string) => `${text} h`,
  dollars: (text: string) => `$${text}`,
}

function axes(make: Make, { by, metric }: Frontiers, frame: Frame): Element {
  const { left, right, bottom, x, y, xTicks, yTicks } = frame
  const whole = `change in ${metric.name} from each session's own baseline, by ${by} (${betterText(metric.goal)})`
  const title = frame.narrow ? `change in ${metric.name}, by ${by} (${betterText(metric.goal)})` : whole
  return make(
    'g',
    { class: 'axis' },
    make('text', { x: 0, y: 12, 'text-anchor': 'start', class: 'title' }, fitted(title, frame.width)),
    yTicks.values.map(v => [
      make('line', {
        x1: left,
        x2: right,
        y1: y(v),
        y2: y(v),
        stroke: 'var(--rule)',
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

/** The best so far as a step line; where a session ended early, a thin line leads on to its name. */
function stairs(make: Make, { steps, end }: Line, { x, y, right }: Frame, style: Style | null): Element {
  const [first, ...rest] = steps
  const last = steps.at(-1)
  if (!first || !last) return make('g')
  const way = `M${n(x(first.at))},${n(y(first.change))}${rest.map(s => `H${n(x(s.at))}V${n(y(s.change))}`).join('')}H${n(x(end))}`
  return make(
    'g',
    { fill: 'none', stroke: style?.colour ?? 'var(--rule)' },
    make('path', {
      d: way,
      class: 'stairs',
      'stroke-width': style ? 1.75 : 1,
      'stroke-dasharray': style?.dash ?? null,
      'stroke-linejoin': 'round',
    }),
    style !== null && right - x(end) > 4
      ? make('line', {
          x1: x(end) + 3,
          x2: right,
          y1: y(last.change),
          y2: y(last.change),
          class: 'on',
          'stroke-width': 0.75,
          'stroke-dasharray': '1 4',
        })
      : null,
  )
}

const n = (value: number): string => String(Number(value.toFixed(1)))
