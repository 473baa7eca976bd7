/** The session's timeline: runs, agent time beside them, outages and gaps. */

import { outageText } from '../../../scripts/analysis/outages.ts'
import type { Digest } from '../../../scripts/analysis/schema.ts'
import { duration, percent } from '../../../scripts/lib/format.ts'
import { ownRuns } from '../../../scripts/record/files/curve.ts'
import type { Experiment, Run } from '../../../scripts/record/schema.ts'
import { onFrontier } from '../../figures/frontier/point.ts'
import type { Outage, Span, Timeline } from '../../figures/timeline/layout.ts'
import type { View } from '../view.ts'
import { capital } from '../words.ts'

const seconds = (time: string): number => Date.parse(time) / 1000

/** Data of the timeline figure; null where the records have no times. */
export function timeline(v: View): Timeline | null {
  const { session, experiments } = v
  const spans = experiments.flatMap(e => e.runs.map(run => spanOf(e, run))).sort((a, b) => a.start - b.start)
  // Collected rows have a start time at most.
  const marks = experiments.flatMap(e =>
    e.runs.length === 0 && e.startedAt !== null && (e.endedAt === null || session.source)
      ? [{ number: e.number, start: seconds(e.startedAt), kind: kindOf(e) }]
      : [],
  )
  const thinking = experiments.flatMap(thinkingSpans)
  const outages = session.outages.map((o): Outage => {
    const end = seconds(o.endedAt ?? session.endedAt ?? o.startedAt)
    return { start: seconds(o.startedAt), end, kind: o.kind }
  })
  if (spans.length + marks.length === 0) return null
  const starts = [...spans, ...marks, ...thinking].map(s => s.start)
  const ends = [...spans, ...thinking, ...outages].map(s => s.end)
  // Confirm runs of another day would stretch the axis to a week.
  const confirming = spans.filter(s => s.kind === 'confirm')
  const whole = { start: smallest(starts), end: largest([...ends, ...marks.map(m => m.start)]) }
  const bounds =
    session.startedAt === null || session.endedAt === null
      ? whole
      : sessionBounds(session.startedAt, session.endedAt, whole)
  const inside = (s: { start: number }) => s.start >= bounds.start && s.start <= bounds.end
  return {
    ...bounds,
    metric: session.metric,
    spans: spans.filter(inside),
    marks,
    thinking: thinking.filter(inside),
    outages,
    bests: bestsOf(v),
    later: confirming.filter(s => !inside(s)).length,
  }
}

/** From the session's start to its end, extended by up to six hours for runs that followed. */
function sessionBounds(
  startedAt: string,
  endedAt: string,
  whole: { start: number; end: number },
): { start: number; end: number } {
  const [start, end] = [seconds(startedAt), seconds(endedAt)]
  const after = whole.end - end
  return { start, end: after > 0 && after <= 6 * 3600 ? whole.end : end }
}

function spanOf(e: Experiment, run: Run): Span {
  const start = seconds(run.startedAt)
  return { number: e.number, start, end: start + run.seconds, kind: kindOfRun(e, run) }
}

export function kindOfRun(e: Experiment, { purpose, k, commit, outcome }: Run): Span['kind'] {
  if (purpose === 'confirm' || purpose === 'ablate' || purpose === 'origin') return 'confirm'
  // The head's runs beside a candidate, and all but its first, repeat a tree.
  if (purpose !== 'candidate' && !(purpose === 'baseline' && k === 1)) return 'repeat'
  // Before a fix or a rebase the run was of another tree.
  if (e.status === 'keep' && commit !== e.commit) return outcome === 'ok' ? 'tried' : 'failed'
  return kindOf(e)
}

const kindOf = ({ status }: Experiment): Span['kind'] =>
  status === 'keep' ? 'keep' : status === 'crash' || status === 'timeout' ? 'failed' : 'tried'

function thinkingSpans(e: Experiment): { start: number; end: number }[] {
  if (e.startedAt === null || !e.agent.seconds || e.agent.use === null) return []
  const start = seconds(e.startedAt)
  return [{ start, end: start + e.agent.seconds }]
}

/** The best value after each keep, at the end of the deciding run. */
function bestsOf({ experiments, frontierData }: View): Timeline['bests'] {
  const line = new Set(onFrontier(frontierData).map(p => p.number))
  return experiments
    .flatMap(e => {
      // A rebased candidate ran more than once.
      const own = ownRuns(e).at(-1)
      const at = own ? seconds(own.startedAt) + own.seconds : e.startedAt === null ? null : seconds(e.startedAt)
      return line.has(e.number) && e.metric !== null && at !== null ? [{ at, value: e.metric }] : []
    })
    .sort((a, b) => a.at - b.at)
}

const smallest = (list: number[]): number => list.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
const largest = (list: number[]): number => list.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)

/** The caption; the finding is how much of the session was training. */
export function timelineCaption(v: View, data: Timeline, line: string): { finding: string; reading: string } {
  const how =
    data.spans.length === 0
      ? 'each mark is the beginning of a run; when the others began is not known'
      : 'each bar is a run, tall and numbered where the change was kept; what is empty is neither a run nor an agent at work'
  const later = data.later > 0 ? ` ${capital(String(data.later))} confirm runs of another day are left out.` : ''
  return {
    finding: finding(v),
    reading: `A line is ${line}: ${how}. Times are UTC.${later}`,
  }
}

function finding({ digest, replication }: View): string {
  const time = digest?.time
  if (!time || time.total <= 0) return 'The session as it went.'
  if (time.training <= 0) return `The session took ${duration(time.total)}.`
  const idle = time.idle / time.total
  const lost = idle >= 0.01 ? `, ${percent(idle)} idle` : ''
  // Nearly all runs of a replication are those of its rounds.
  if (replication !== null)
    return `Runs filled ${percent((time.training + time.confirming) / time.total)} of ${duration(time.total)}${lost}.`
  return `Training filled ${trainingText(time)}${lost}.`
}

/** "13% of 3 min 55 s, confirm 50%": the training of confirm's runs is counted with confirm. */
export function trainingText({ training, confirming, total }: Digest['time']): string {
  const confirm = confirming > 0 ? `, confirm ${percent(confirming / total)}` : ''
  return `${percent(training / total)} of ${duration(total)}${confirm}`
}

/** Sentences on the longest stretch without a keep, and on outages. */
export function timingSentences({ digest, session }: View): string[] {
  const [longest] = digest?.plateaus ?? []
  const spent = longest?.seconds ? ` (${duration(longest.seconds)})` : ''
  return [
    longest
      ? `The longest stretch without a keep is from ${longest.from} to ${longest.to}, ${longest.experiments} experiments${spent}.`
      : '',
    ...session.outages.slice(0, 4).map(outage => `${outageText(outage)}.`),
  ].filter(Boolean)
}
