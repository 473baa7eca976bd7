/**
 * Training loss over steps, smoothed: this experiment against the best so far. Every experiment's page has this figure,
 * so it is written as text: with Plot and its DOM it took a third of the build time of a large notebook.
 */
import { escapeHtml, type Markup } from '../../../scripts/lib/text.ts'
import type { CurvePoint } from '../../../scripts/record/schema.ts'
import { sampleEvenly } from '../frontier/sparkline.ts'
import { ticks } from '../scale.ts'
import { column, size } from '../svg.ts'
import { textWidth } from '../text.ts'
import { type Place, placesText } from '../tips.ts'
import { smooth } from './smooth.ts'

export interface Series {
  label: string
  /** As the run printed them. */
  points: CurvePoint[]
  /** True for the experiment that the page is about. */
  main: boolean
}

/** For the text column: two widths, of which the style sheet shows one. */
export function curves(series: Series[]): Markup {
  const { lines, tips } = prepared(series)
  return column((width, className) => draw(series, lines, tips, width, className))
}

/** Text alternative, e.g. "Smoothed training loss: best so far (3) ends at 2.502, this one ends at 2.413." */
const labelOf = (lines: Series[]): string =>
  `Smoothed training loss: ${lines
    .map(s => `${s.label} ends at ${lastPoint(s)?.loss.toPrecision(4) ?? 'nothing'}`)
    .join(', ')}.`

type TipPoint = CurvePoint & { losses: { label: string; loss: number }[] }

/** At most 40 points with a tooltip, as many as a finger can tell apart, with each curve's smoothed loss at that step. */
export const tipPoints = (series: Series[]): TipPoint[] => prepared(series).tips

interface Prepared {
  /** The smoothed curves. */
  lines: Series[]
  tips: TipPoint[]
}

/** Drawings and tooltips use the same. */
const known = new WeakMap<Series[], Prepared>()

function prepared(series: Series[]): Prepared {
  const found = known.get(series)
  if (found) return found
  const lines = series.map(s => ({ label: s.label, points: smooth(s.points), main: s.main }))
  const made = { lines, tips: tipsOf(lines) }
  known.set(series, made)
  return made
}

function tipsOf(lines: Series[]): TipPoint[] {
  const main = lines.find(s => s.main) ?? lines[0]
  return sampleEvenly(main?.points ?? [], 40).map(point => ({
    ...point,
    losses: lines.flatMap(s => {
      const loss = s.points.findLast(p => p.step <= point.step)?.loss
      return loss === undefined ? [] : [{ label: s.label, loss }]
    }),
  }))
}

const lastPoint = (s: Series): CurvePoint | undefined => s.points.at(-1)

/** Scales to pixels, and the edges of the plot area. */
interface Frame {
  x: (step: number) => number
  y: (loss: number) => number
  left: number
  right: number
  top: number
  bottom: number
}

function draw(series: Series[], lines: Series[], tips: TipPoint[], width: number, className: string): Markup {
  const narrow = width < 500
  const height = narrow ? 210 : 250
  const steps = reach(series.flatMap(s => s.points.map(p => p.step)))[1] || 1
  const domain = lossRange(lines, steps)
  const xTicks = ticks([0, steps], narrow ? 3 : 5)
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
    x: step => left + (step / steps) * (right - left),
    y: loss => bottom - (loss - domain[0]) * perUnit,
  }
  const places = tips.map((p): Place => [frame.x(p.step), Math.max(top, frame.y(p.loss))])
  const raw = series.filter(s => s.main).map(s => line(s, frame, pale))
  const drawn = lines.map(s => line(s, frame, s.main ? strong : thin))
  const names = lines.map(s => label(s, frame, nudge(s, lines, perUnit)))
  const box = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  const said = `role="img" aria-label="${escapeHtml(labelOf(lines))}" data-marks="${placesText(places)}"`
  const head = `<svg class="plot ${className}" text-anchor="middle" ${box} ${said}>`
  return `${head}${xAxis(xTicks, frame)}${yAxis(yTicks, frame)}${[...raw, ...drawn, ...names].join('')}</svg>` as Markup
}

const pixels = (value: number): string => String(Math.round(value * 100) / 100)

/** Smallest and largest value; a spread into Math.min would fail on very long curves. */
function reach(values: number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity]
  for (const v of values) {
    low = Math.min(low, v)
    high = Math.max(high, v)
  }
  return [low, high]
}

/** From the lowest loss to the highest after the first twentieth, since the first steps would flatten the rest. */
function lossRange(series: Series[], lastStep: number): [number, number] {
  const all = series.flatMap(s => s.points)
  const later = all.filter(p => p.step >= lastStep / 20)
  const [low, high] = reach((later.length >= 4 ? later : all).map(p => p.loss))
  const pad = (high - low) * 0.05 || Math.abs(high) * 0.01 || 1
  return [low - pad, high + pad]
}

type Ticks = ReturnType<typeof ticks>

function xAxis({ values, text }: Ticks, { x, bottom }: Frame): string {
  const stroke = `<path d="${values.map(v => `M${pixels(x(v))} ${pixels(bottom)}v4`).join('')}"/>`
  const words = values.map(v => write(v === 0 ? 'step 0' : text(v), pixels(x(v)), pixels(bottom + 9), '0.71em'))
  return `<g class="axis">${stroke}${words.join('')}</g>`
}

function yAxis({ values, text }: Ticks, { y, left, right, top }: Frame): string {
  const rules = values.map(v => `M${pixels(left)} ${pixels(y(v))}H${pixels(right)}`).join('')
  const words = values.map(v => write(text(v), pixels(left - 6), pixels(y(v))))
  const title = `<g class="axis title" text-anchor="start">${write('training loss', '0', pixels(top - 22), '0.71em')}</g>`
  return `<path d="${rules}" stroke="var(--rule)" stroke-width="0.75" stroke-dasharray="1 3"/><g class="axis" text-anchor="end">${words.join('')}</g>${title}`
}

const write = (text: string, x: string, y: string, dy = '0.32em'): string =>
  `<text transform="translate(${x},${y})" y="${dy}">${escapeHtml(text)}</text>`

/** Of lines, in tenths of a pixel. */
const strong = 'stroke="var(--keep)" stroke-width="17.5"'
const thin = 'stroke="var(--mark)" stroke-width="12.5"'
/** For the printed values behind the smoothed ones. */
const pale = 'stroke="var(--keep)" stroke-width="7.5" stroke-opacity="0.35"'

/**
 * A nested <svg> clips what lies above; a clipPath would need an id that is unique in the page. Its coordinates are whole
 * tenths of a pixel, each point relative to the one before: half as long as pixels, and written in a third of the time.
 */
function line({ points }: Series, { x, y, left, right, top, bottom }: Frame, paint: string): string {
  const place = `x="${pixels(left)}" y="${top}" width="${pixels(right - left)}" height="${pixels(bottom - top)}"`
  const view = `viewBox="${tenths(left)} ${tenths(top)} ${tenths(right - left)} ${tenths(bottom - top)}"`
  let path = ''
  let [atX, atY] = [0, 0]
  for (const { step, loss } of sampleEvenly(points, 240)) {
    const [toX, toY] = [tenths(x(step)), tenths(y(loss))]
    path += path === '' ? `M${toX} ${toY}` : `l${toX - atX} ${toY - atY}`
    atX = toX
    atY = toY
  }
  return `<svg class="lines" ${place} ${view}><path d="${path}" fill="none" ${paint} stroke-linejoin="round" stroke-linecap="round"/></svg>`
}

const tenths = (pixels: number): number => Math.round(pixels * 10)

function label(s: Series, { x, y }: Frame, dy: number): string {
  const end = lastPoint(s)
  if (!end) return ''
  const name = write(s.label, pixels(x(end.step)), pixels(y(end.loss)))
  // The outline keeps the name readable where the other curve goes on behind it.
  return `<g class="${s.main ? 'delta' : 'soft'}" text-anchor="start" stroke="var(--paper)" stroke-width="4" stroke-linejoin="round" transform="translate(8,${pixels(dy)})">${name}</g>`
}

/** Moves two end labels apart where they would overlap. Pixels, down is positive. */
function nudge(s: Series, series: Series[], perUnit: number): number {
  const other = series.find(o => o !== s)
  const [mine, theirs] = [lastPoint(s)?.loss, other && lastPoint(other)?.loss]
  if (mine === undefined || theirs === undefined || Math.abs(mine - theirs) * perUnit >= 15) return 0
  const below = mine < theirs || (mine === theirs && s.main)
  return (below ? 1 : -1) * (8 - (Math.abs(mine - theirs) * perUnit) / 2)
}
