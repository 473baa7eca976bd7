/**
 * Training loss over seconds: this experiment against the best at its time. Every experiment's page has this figure,
 * so it is written as text: with Plot and its DOM it took a third of the build time of a large notebook.
 */
import { escapeHtml, type Markup } from '../../../scripts/lib/text.ts'
import type { CurvePoint } from '../../../scripts/record/schema.ts'
import { sampleEvenly } from '../frontier/sparkline.ts'
import { ticks } from '../scale.ts'
import { column, size } from '../svg.ts'
import { textWidth } from '../text.ts'
import { type Place, placesText } from '../tips.ts'

export interface Series {
  label: string
  points: CurvePoint[]
  /** True for the experiment that the page is about. */
  main: boolean
}

/** For the text column: two widths, of which the style sheet shows one. */
export const curves = (series: Series[]): Markup => column((width, className) => draw(series, width, className))

/** Text alternative, e.g. "Training loss: best then (3) ends at 2.502, this one ends at 2.413." */
export const curvesLabel = (series: Series[]): string =>
  `Training loss: ${series.map(s => `${s.label} ends at ${lastPoint(s)?.loss.toPrecision(4) ?? 'nothing'}`).join(', ')}.`

/** At most 40 points with a tooltip, as many as a finger can tell apart, with the loss of each curve at that second. */
export function tipPoints(series: Series[]): (CurvePoint & { losses: { label: string; loss: number }[] })[] {
  const main = series.find(s => s.main) ?? series[0]
  return sampleEvenly(main?.points ?? [], 40).map(point => ({
    ...point,
    losses: series.flatMap(s => {
      const loss = s.points.findLast(p => p.seconds <= point.seconds)?.loss
      return loss === undefined ? [] : [{ label: s.label, loss }]
    }),
  }))
}

const lastPoint = (s: Series): CurvePoint | undefined => s.points.at(-1)

/** Scales to pixels, and the edges of the plot area. */
interface Frame {
  x: (seconds: number) => string
  y: (loss: number) => string
  left: number
  right: number
  top: number
  bottom: number
}

function draw(series: Series[], width: number, className: string): Markup {
  const narrow = width < 500
  const height = narrow ? 210 : 250
  const seconds = reach(series.flatMap(s => s.points.map(p => p.seconds)))[1] || 1
  const domain = lossRange(series, seconds)
  const xTicks = ticks([0, seconds], narrow ? 3 : 5)
  const yTicks = ticks(domain, 3)
  const left = Math.max(...yTicks.values.map(v => textWidth(yTicks.text(v), size)), 16) + 8
  // The widest of the usual fonts needs a sixth more.
  const right = width - 1.16 * Math.max(...series.map(s => textWidth(s.label, size, s.main))) - 10
  const [top, bottom] = [26, height - 32]
  const perUnit = (bottom - top) / (domain[1] - domain[0])
  const frame: Frame = {
    left,
    right,
    top,
    bottom,
    x: s => pixels(left + (s / seconds) * (right - left)),
    y: loss => pixels(bottom - (loss - domain[0]) * perUnit),
  }
  const places = tipPoints(series).map(
    (p): Place => [Number(frame.x(p.seconds)), Math.max(top, Number(frame.y(p.loss)))],
  )
  const lines = series.map(s => line(s, frame) + label(s, frame, nudge(s, series, perUnit)))
  const box = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  const said = `role="img" aria-label="${escapeHtml(curvesLabel(series))}" data-marks="${placesText(places)}"`
  const head = `<svg class="plot ${className}" text-anchor="middle" ${box} ${said}>`
  return `${head}${xAxis(xTicks, frame)}${yAxis(yTicks, frame)}${lines.join('')}</svg>` as Markup
}

const pixels = (value: number): string => String(Math.round(value * 100) / 100)

/** Smallest and largest value; a spread into Math.min would fail on very long curves. */
const reach = (values: number[]): [number, number] =>
  values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity] as [number, number])

/** From the lowest loss to the highest after the first twentieth, since the first steps would flatten the rest. */
function lossRange(series: Series[], xEnd: number): [number, number] {
  const all = series.flatMap(s => s.points)
  const later = all.filter(p => p.seconds >= xEnd / 20)
  const [low, high] = reach((later.length >= 4 ? later : all).map(p => p.loss))
  const pad = (high - low) * 0.05 || Math.abs(high) * 0.01 || 1
  return [low - pad, high + pad]
}

type Ticks = ReturnType<typeof ticks>

function xAxis({ values, text }: Ticks, { x, bottom }: Frame): string {
  const stroke = `<path d="${values.map(v => `M${x(v)} ${pixels(bottom)}v4`).join('')}"/>`
  const words = values.map(v => write(v === 0 ? '0 s' : text(v), x(v), pixels(bottom + 9), '0.71em'))
  return `<g class="axis">${stroke}${words.join('')}</g>`
}

function yAxis({ values, text }: Ticks, { y, left, right, top }: Frame): string {
  const rules = values.map(v => `M${pixels(left)} ${y(v)}H${pixels(right)}`).join('')
  const words = values.map(v => write(text(v), pixels(left - 6), y(v)))
  const title = `<g class="axis title" text-anchor="start">${write('training loss', '0', pixels(top - 22), '0.71em')}</g>`
  return `<path d="${rules}" stroke="var(--rule)" stroke-width="0.75" stroke-dasharray="1 3"/><g class="axis" text-anchor="end">${words.join('')}</g>${title}`
}

const write = (text: string, x: string, y: string, dy = '0.32em'): string =>
  `<text transform="translate(${x},${y})" y="${dy}">${escapeHtml(text)}</text>`

/** A nested <svg> clips what lies above; a clipPath would need an id that is unique in the page. */
function line({ points, main }: Series, { x, y, left, right, top, bottom }: Frame): string {
  const [width, height] = [pixels(right - left), pixels(bottom - top)]
  const view = `x="${pixels(left)}" y="${top}" width="${width}" height="${height}" viewBox="${pixels(left)} ${top} ${width} ${height}"`
  const path = sampleEvenly(points, 240).map(p => `${x(p.seconds)} ${y(p.loss)}`)
  const paint = main ? 'stroke="var(--keep)" stroke-width="1.75"' : 'stroke="var(--mark)" stroke-width="1.25"'
  return `<svg class="lines" ${view}><path d="M${path.join('L')}" fill="none" ${paint} stroke-linejoin="round" stroke-linecap="round"/></svg>`
}

function label(s: Series, { x, y }: Frame, dy: number): string {
  const end = lastPoint(s)
  if (!end) return ''
  const name = write(s.label, x(end.seconds), y(end.loss))
  return `<g class="${s.main ? 'delta' : 'soft'}" text-anchor="start" transform="translate(8,${pixels(dy)})">${name}</g>`
}

/** Moves two end labels apart where they would overlap. Pixels, down is positive. */
function nudge(s: Series, series: Series[], perUnit: number): number {
  const other = series.find(o => o !== s)
  const [mine, theirs] = [lastPoint(s)?.loss, other && lastPoint(other)?.loss]
  if (mine === undefined || theirs === undefined || Math.abs(mine - theirs) * perUnit >= 15) return 0
  const below = mine < theirs || (mine === theirs && s.main)
  return (below ? 1 : -1) * (8 - (Math.abs(mine - theirs) * perUnit) / 2)
}
