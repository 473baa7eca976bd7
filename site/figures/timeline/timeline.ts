/** The session as lines of equal length: runs as bars, agent time below them, outages framed; gaps are other time. */
import * as Plot from '@observablehq/plot'
import { duration } from '../../../scripts/lib/format.ts'
import type { Markup } from '../../../scripts/lib/text.ts'
import { maker } from '../../components/compare/make.ts'
import { drawLegend, legendHeight, placeLegend } from '../legend.ts'
import { document, markup, plot, size, widths } from '../svg.ts'
import { textWidth } from '../text.ts'
import { legendOf } from './key.ts'
import { lineLabels, startMarks } from './labels.ts'
import { layOut, places, type Timeline } from './layout.ts'
import { agentMarks, runs } from './runs.ts'
import { type TimeGrid, timeGrid } from './timeGrid.ts'

/** For a page: three widths, of which the style sheet shows one. */
export const timelineFigure = (data: Timeline): Markup => widths((width, name) => draw(data, width, name))

/** Length of a line: "an hour", "30 minutes". */
export const lineText = (data: Timeline): string => gridFor(data).text

/** A line is at least four median runs long. */
function gridFor({ start, end, spans }: Timeline): TimeGrid {
  const lengths = spans.map(s => s.end - s.start).sort((a, b) => a - b)
  return timeGrid(start, end, 4 * (lengths[Math.floor(lengths.length / 2)] ?? 0))
}

export const timelineLabel = ({ start, end, spans, marks, outages }: Timeline): string =>
  `The session line by line, ${duration(end - start)}: ${spans.length + marks.length} runs${outages.length > 0 ? `, ${outages.length} outages` : ''}.`

function draw(data: Timeline, width: number, className: string): Markup {
  const narrow = width < 600
  const grid = gridFor(data)
  const [left, right] = [Math.max(...grid.lines.map(l => textWidth(l.text, size))) * 1.16 + 10, narrow ? 30 : 150]
  const perSecond = (width - left - right) / grid.unit
  const frame = layOut(data, grid, narrow ? 15 : 16)
  const legend = placeLegend(legendOf(data), width)
  const margins = { marginTop: 34 + legendHeight(legend), marginBottom: 26, marginLeft: left, marginRight: right }
  const node = plot({
    width,
    height: 60 + legendHeight(legend) + frame.height,
    ...margins,
    x: { domain: [0, grid.unit], axis: null },
    y: { domain: [0, frame.height], reverse: true, axis: null },
    marks: [
      Plot.axisX(grid.ticks, { tickSize: 4, label: null, className: 'axis', tickFormat: grid.tickText }),
      ...runs(data, frame, perSecond),
      ...agentMarks(data, frame, perSecond),
      ...startMarks(data, frame, perSecond),
      ...lineLabels(data, frame, { left, right, narrow }),
    ],
  })
  node.append(drawLegend(maker(document), legend, 8))
  return markup(
    node,
    timelineLabel(data),
    className,
    places(data, frame, { left, above: margins.marginTop, perSecond }),
  )
}
