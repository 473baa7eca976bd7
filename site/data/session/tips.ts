/** Tooltips of a session's figures: number, status and P(real), description, value and change, time. */
import { pRealText } from '../../../scripts/analysis/labels.ts'
import { delta } from '../../../scripts/analysis/numbers.ts'
import { experimentWord } from '../../../scripts/analysis/replication/words.ts'
import { statusWords } from '../../../scripts/analysis/statusWords.ts'
import { duration, metricText } from '../../../scripts/lib/format.ts'
import { clockSpan } from '../../../scripts/lib/time.ts'
import { type Point, withTips } from '../../figures/frontier/point.ts'
import { type Series, tipPoints } from '../../figures/loss/curve.ts'
import { cut } from '../../figures/text.ts'
import type { Span, Timeline } from '../../figures/timeline/layout.ts'
import type { Tip } from '../../figures/tips.ts'
import type { Waterfall } from '../../figures/waterfall/steps.ts'
import { shownTries } from '../knobs/curve.ts'
import type { Knob } from '../knobs/knobs.ts'
import { partText } from '../knobs/response.ts'
import type { KeptChange, View } from '../view.ts'
import { clockText, dateText, hrefs, sessionDay } from '../words.ts'

/** Characters of a description; the linked page has the rest. */
const MAX_DESCRIPTION = 140

/** A tooltip per point of `withTips`, in the order of the verdicts. @param root relative path to the notebook's root */
export const frontierTips = (v: View, root: string): Tip[] =>
  withTips(v.frontierData.points).map(p => experimentTip(v, p, root))

/** A tooltip per run with a known length, then per start without one, then per outage. */
export function timelineTips(v: View, { spans, marks, outages }: Timeline, root: string): Tip[] {
  const points = new Map(v.frontierData.points.map(p => [p.number, p]))
  const tip = ({ number, start, kind }: Omit<Span, 'end'>, took: string): Tip => {
    const p = points.get(number)
    const at = `${clock(start)} UTC${took}`
    if (!p) return { href: null, lines: [String(number), at] }
    const { href, lines } = experimentTip(v, p, root)
    const again = kind === 'repeat' ? 'run again' : kind === 'confirm' ? 'run to confirm' : null
    return { href, lines: again ? [`${number} ${again}`, ...lines.slice(1, 2), at] : [...lines, at] }
  }
  return [
    ...spans.map(s => tip(s, `, ${duration(s.end - s.start)}`)),
    ...marks.map(m => tip(m, '')),
    ...outages.map(o => ({
      href: null,
      lines: [`Outage: ${o.kind}`, `${clockSpan(isoOf(o.start), isoOf(o.end))} UTC, ${duration(o.end - o.start)}`],
    })),
  ]
}

/** A tooltip per step; a step of several changes has no link. */
export function waterfallTips(v: View, { steps, metric, singleRuns }: Waterfall, root: string): Tip[] {
  const points = new Map(v.frontierData.points.map(p => [String(p.number), p]))
  return steps.map(s => {
    const p = points.get(s.number)
    const gain = `${delta(s.gain, metric, singleRuns.baseline)} ${metric.name}`
    return p ? experimentTip(v, p, root) : { href: null, lines: [`${s.number}, ${s.name}`, gain] }
  })
}

/** A tooltip per try of the figure. */
export const responseTips = (knob: Knob, root: string): Tip[] =>
  shownTries(knob).map(({ view, experiment, status, from, to, score, metric }) => {
    const { machine } = view.session
    const value = metric === null ? '' : `${knob.metric.name} ${metricText(metric)}`
    return {
      href: `${root}${hrefs.experiment(view.id, experiment)}`,
      lines: [
        `${to}${score === null ? '' : `: ${partText(score, knob)}`}`,
        `${from} → ${to} in experiment ${experiment}, ${experimentWord({ status }, view.replicated.get(experiment))}`,
        [value, machine.label, dateText(sessionDay(view.session))].filter(Boolean).join(', '),
      ],
    }
  })

/** A tooltip per point of `tipPoints`. */
export const lossTips = (series: Series[]): Tip[] =>
  tipPoints(series).map(({ step, seconds, losses }) => ({
    href: null,
    lines: [
      `Step ${step}, after ${Number(seconds.toPrecision(4))} s`,
      ...losses.map(({ label, loss }) => `${label}: ${loss.toPrecision(5)}`),
    ],
  }))

function experimentTip(v: View, p: Point, root: string): Tip {
  const { metric } = v.session
  const step = p.gain === null ? '' : `, change ${delta(p.gain, metric, p.value ?? 1)}`
  return {
    href: `${root}${hrefs.experiment(v.id, p.number)}`,
    lines: [
      p.number === 0 ? '0, the baseline' : `${p.number}, ${statusWords[p.status]}${sureText(keptIn(v).get(p.number))}`,
      cut(p.description, MAX_DESCRIPTION),
      p.value === null ? '' : `${metric.name} ${metricText(p.value)}${step}`,
    ],
  }
}

const sureText = (k: KeptChange | undefined): string =>
  k?.label ? `, ${k.label}${k.pReal === null ? '' : ` (P(real) ${pRealText(k.pReal)})`}` : ''

const byNumber = new WeakMap<View, Map<number, KeptChange>>()

function keptIn(v: View): Map<number, KeptChange> {
  const known = byNumber.get(v) ?? new Map(v.kept.map(k => [k.number, k]))
  byNumber.set(v, known)
  return known
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString()
const clock = (seconds: number): string => clockText(isoOf(seconds))
