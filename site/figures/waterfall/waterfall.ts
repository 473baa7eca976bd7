/**
 * The gain of each kept change, a row each in the order of the verdicts: the bars lead from the baseline to the head.
 * Below a rule, on the same scale: their sum, what confirm found, and the holdout.
 */
import * as Plot from '@observablehq/plot'
import { briefDelta, plusMinus } from '../../../scripts/analysis/numbers.ts'
import { metricText } from '../../../scripts/lib/format.ts'
import type { Markup } from '../../../scripts/lib/text.ts'
import { maker } from '../../components/compare/make.ts'
import { drawLegend, legendHeight, placeLegend } from '../legend.ts'
import { document, markup, plot, widths } from '../svg.ts'
import { labelWidth } from '../text.ts'
import type { Place } from '../tips.ts'
import { bars, legendOf, names, numbers, type Total, totalMarks, type Waterfall } from './steps.ts'

/** For a page: three widths, of which the style sheet shows one. */
export const waterfallFigure = (data: Waterfall): Markup => widths((width, name) => draw(data, width, name))

export const waterfallLabel = ({ metric, steps, singleRuns: { gain, baseline, best }, confirmed }: Waterfall): string =>
  `What each kept change added to ${metric.name}, in ${steps.length} steps from ${metricText(baseline, [best])} to ${metricText(best, [baseline])} (${briefDelta(gain, metric, baseline)})${confirmed ? `; confirmed ${plusMinus(confirmed, metric)}` : ''}.`

function draw(data: Waterfall, width: number, className: string): Markup {
  const { steps, singleRuns } = data
  const narrow = width < 600
  const showsPReal = !narrow && steps.some(s => s.pReal !== null)
  const totals = totalsOf(data)
  const reach = [
    0,
    ...steps.flatMap(s => [s.from, s.to]),
    singleRuns.gain,
    ...totals.flatMap(t => [t.gain, ...(t.interval ?? [])]),
  ]
  const [low, high] = [Math.min(...reach), Math.max(...reach)]
  const left = narrow ? 160 : width < 800 ? 230 : 280
  // Beside the intervals of the totals, which may reach the end of the scale.
  const widest = Math.max(...totals.map(t => labelWidth(t.text, true)))
  const right = narrow ? 72 : Math.max(showsPReal ? 160 : 96, widest + 12)
  const row = narrow ? 19 : 20
  const end = steps.length + 0.35 + totals.length
  const legend = placeLegend(legendOf(data, totals), width)
  const marginTop = 34 + legendHeight(legend)
  const x = (value: number) => left + ((value - low) / (high - low || 1)) * (width - left - right)
  const node = plot({
    width,
    height: marginTop + (end + 0.5) * row + 6,
    marginTop,
    marginBottom: 6,
    marginLeft: left,
    marginRight: right,
    x: { domain: [low, high > low ? high : low + 1], axis: null },
    y: { domain: [-0.5, end], reverse: true, axis: null },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--rule)', strokeWidth: 0.75 }),
      ...bars(steps, totals),
      ...names(data, { left, narrow, x }),
      ...numbers(data, { right, narrow, showsPReal }),
      Plot.ruleY([steps.length - 0.4], {
        stroke: 'var(--ink)',
        strokeWidth: 0.75,
        insetLeft: -left,
        insetRight: -right,
      }),
      ...totalMarks(data, totals, { left, right, narrow, x }),
    ],
  })
  node.append(drawLegend(maker(document), legend, 8))
  const places = steps.map((_, i): Place => [0, marginTop + i * row, width, row])
  return markup(node, waterfallLabel(data), className, places)
}

function totalsOf({ metric, steps, singleRuns, confirmed, holdout, where }: Waterfall): Total[] {
  const again = confirmed && {
    name: `${confirmed.verdict === 'better' ? 'confirmed' : 'run again'} ${where}`,
    c: confirmed,
  }
  const rows: Omit<Total, 'y'>[] = [
    {
      name: singleRuns.name,
      gain: singleRuns.gain,
      text: briefDelta(singleRuns.gain, metric, singleRuns.baseline),
      interval: null,
    },
    ...[again, holdout && { name: 'on the holdout', c: holdout }].flatMap(row =>
      row ? [{ name: row.name, gain: row.c.gain, text: plusMinus(row.c, metric), interval: row.c.interval }] : [],
    ),
  ]
  return rows.map((row, i) => ({ ...row, y: steps.length + 0.35 + i }))
}
