/** The legend of a figure: each entry is a sample of a mark with its meaning. It is part of the drawing, and so of its file. */
import type { Child, Make } from '../components/compare/make.ts'
import { labelWidth } from './text.ts'

export interface LegendEntry {
  text: string
  /** Drawn around the origin, at most 20 × 12 pixels. */
  sample: (make: Make) => Child
}

export interface PlacedEntry extends LegendEntry {
  /** Pixels from the left to the middle of the sample. */
  x: number
  row: number
}

/** Height of a row in pixels. */
export const LEGEND_ROW = 18
/** Width of a sample, and pixels between an entry and the next. */
const SAMPLE = 20
const SPACING = 14

/** Entries side by side, in as many rows as they need. @param width in pixels */
export function placeLegend(entries: LegendEntry[], width: number): PlacedEntry[] {
  let [left, row] = [0, 0]
  return entries.map(entry => {
    const needed = SAMPLE + 6 + labelWidth(entry.text)
    if (left > 0 && left + needed > width) {
      left = 0
      row++
    }
    const placed = { ...entry, x: left + SAMPLE / 2, row }
    left += needed + SPACING
    return placed
  })
}

/** Height of all rows in pixels. */
export const legendHeight = (placed: PlacedEntry[]): number => ((placed.at(-1)?.row ?? -1) + 1) * LEGEND_ROW

/** @param top vertical centre of the first row in pixels */
export const drawLegend = (make: Make, placed: PlacedEntry[], top: number): Element =>
  make(
    'g',
    { class: 'legend' },
    placed.map(({ text, sample, x, row }) =>
      make(
        'g',
        { transform: `translate(${x.toFixed(1)},${top + row * LEGEND_ROW})` },
        sample(make),
        make('text', { x: SAMPLE / 2 + 6, y: 4, 'text-anchor': 'start', class: 'soft' }, text),
      ),
    ),
  )
