/** A session's figures by their name in a report's source: as part of a page, and as SVG files. */

import { machineName } from '../../../scripts/analysis/machineName.ts'
import { escapeHtml, type Markup, plural } from '../../../scripts/lib/text.ts'
import { readCurve } from '../../../scripts/record/files/curve.ts'
import type { CurvePoint, Experiment } from '../../../scripts/record/schema.ts'
import { headline } from '../../../scripts/report/headline.ts'
import { frontier, wideFrontier } from '../../figures/frontier/frontier.ts'
import { responseDrawing, responseFigure } from '../../figures/knob/response.ts'
import { curves, type Series } from '../../figures/loss/curve.ts'
import { type Heading, standalone } from '../../figures/standalone.ts'
import { cut } from '../../figures/text.ts'
import { lineText, timelineFigure } from '../../figures/timeline/timeline.ts'
import { type Tip, tipsText } from '../../figures/tips.ts'
import { waterfallFigure } from '../../figures/waterfall/waterfall.ts'
import { responseOf } from '../knobs/curve.ts'
import { type Knob, sessionKnob } from '../knobs/knobs.ts'
import { findingOf } from '../knobs/response.ts'
import { parentOf, type View } from '../view.ts'
import { hrefs } from '../words.ts'
import { frontierCaption } from './summary.ts'
import { timeline, timelineCaption } from './timeline.ts'
import { frontierTips, responseTips, timelineTips, waterfallTips } from './tips.ts'
import { waterfall, waterfallCaption } from './waterfall.ts'

interface Shown {
  svg: Markup
  tips: Tip[]
  finding: string
  /** Data file of the figure. */
  data: string
}

/** The main figures of a session's page; each is also an SVG file beside the session's data. */
export const sessionPictures = ['frontier', 'waterfall', 'timeline'] as const

export const hasPicture = (v: View, name: (typeof sessionPictures)[number]): boolean =>
  name === 'frontier' ? v.replication === null : name === 'waterfall' ? waterfall(v) !== null : timeline(v) !== null

/**
 * A figure inside a report on a page: drawings, finding and data link. Empty where the session lacks it.
 * @param root relative path to the notebook's root
 */
export function figureHtml(v: View, name: string, root: string): Markup {
  const found = shown(v, name, root)
  if (!found || found.svg === '') return ''
  const data = `${root}${hrefs.data(v.id, found.data)}`
  return `<figure data-tips="${escapeHtml(tipsText(found.tips))}">${found.svg}<figcaption>${escapeHtml(found.finding)} <a href="${escapeHtml(data)}">data</a></figcaption></figure>` as Markup
}

/** Text of the SVG file, in light colours; null where the session lacks the figure. */
export function picture(v: View, name: string): Markup | null {
  if (name === 'frontier') {
    const title = v.digest ? headline(v.digest, v.session) : frontierCaption(v).finding
    return standalone(wideFrontier(v.frontierData), headingOf(v, title))
  }
  const found = shown(v, name, '')
  return found && found.svg !== '' ? standalone(found.svg, headingOf(v, found.finding)) : null
}

/** e.g. "2026-11-21-h100-kqzt-nov21, H100: 125 experiments, 22 kept" */
function headingOf({ id, session, experimentCount, kept, unknown }: View, title: string): Heading {
  const keeps = unknown === null || unknown.experiments.length === 0 ? `, ${kept.length} kept` : ''
  return { title, source: `${id}, ${machineName(session.machine)}: ${plural(experimentCount, 'experiment')}${keeps}` }
}

/** SVG of a knob over all sessions; null with fewer than two values. */
export function knobPicture(knob: Knob): Markup | null {
  const svg = responseDrawing(responseOf(knob))
  return svg === '' ? null : standalone(svg, { title: findingOf(knob), source: `${knob.id}, all sessions` })
}

/** SVG of an experiment's training loss; null without a curve. */
export function lossPicture(v: View, experiment: Experiment): Markup | null {
  const series = lossSeries(v, experiment)
  // A file needs the experiment's number in its label.
  const named = series.map(s => (s.main ? { ...s, label: `experiment ${experiment.number}` } : s))
  if (series.length === 0) return null
  return standalone(curves(named), headingOf(v, `${experiment.number}: ${cut(experiment.description, 60)}`))
}

/** The curve of the best it was made against, then the experiment's own; empty without its own. */
export function lossSeries(v: View, experiment: Experiment): Series[] {
  const parent = parentOf(v, experiment)
  const mine = readCurve(v.folder, experiment)
  const best = mine && parent ? headCurve(v, parent) : null
  return [
    ...(best ? [{ label: `best so far (${parent?.number})`, points: best, main: false }] : []),
    ...(mine ? [{ label: 'this one', points: mine.points, main: true }] : []),
  ]
}

/** Of each session, the head whose curve was read last: the experiments after it are compared with it. */
const lastHead = new WeakMap<View, { number: number; points: CurvePoint[] | null }>()

function headCurve(v: View, head: Experiment): CurvePoint[] | null {
  const found = lastHead.get(v)
  if (found?.number === head.number) return found.points
  const points = readCurve(v.folder, head)?.points ?? null
  lastHead.set(v, { number: head.number, points })
  return points
}

function shown(v: View, name: string, root: string): Shown | null {
  if (name === 'frontier')
    return {
      svg: frontier(v.frontierData),
      tips: frontierTips(v, root),
      finding: frontierCaption(v).finding,
      data: 'experiments.json',
    }
  if (name === 'waterfall') {
    const data = waterfall(v)
    const { finding } = waterfallCaption(v)
    return data && { svg: waterfallFigure(data), tips: waterfallTips(v, data, root), finding, data: 'kept.json' }
  }
  if (name === 'timeline') {
    const data = timeline(v)
    if (!data) return null
    const { finding } = timelineCaption(v, data, lineText(data))
    return { svg: timelineFigure(data), tips: timelineTips(v, data, root), finding, data: 'time.json' }
  }
  const knob = name.startsWith('knob.') ? sessionKnob(v, name.slice(5)) : null
  return (
    knob && {
      svg: responseFigure(responseOf(knob)),
      tips: responseTips(knob, root),
      finding: findingOf(knob),
      data: 'digest.json',
    }
  )
}
