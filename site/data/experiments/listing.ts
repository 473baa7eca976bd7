/** All experiments of all sessions, for the page, its filters and its data files. Computed from the views. */
import { basename } from 'node:path'
import { basisOf, measuredByOf } from '../../../scripts/analysis/confirm/basis.ts'
import type { MeasuredBy } from '../../../scripts/analysis/confirm/basisWords.ts'
import { dataKey, givenData } from '../../../scripts/analysis/data.ts'
import type { ReplicationOutcome } from '../../../scripts/analysis/replicated.ts'
import { type Label, labels } from '../../../scripts/analysis/schema.ts'
import { roughDuration } from '../../../scripts/lib/format.ts'
import { sanitizeText } from '../../../scripts/lib/text.ts'
import { ownSeconds } from '../../../scripts/record/files/curve.ts'
import { type Metric, type Status, statuses } from '../../../scripts/record/schema.ts'
import { type Knob, knobsMoved } from '../knobs/knobs.ts'
import { themesOf, type View } from '../view.ts'
import { sessionDay, shortDate, targetText } from '../words.ts'

export interface KnobChange {
  /** The knob's id on the knobs page. */
  knob: string
  /** Values as written in the source. */
  from: string
  to: string
}

/** The baseline is number 0: a row, but no experiment. */
export interface ListedExperiment {
  number: number
  status: Status
  description: string
  /** Value of the metric; null when nothing was measured. */
  value: number | null
  /** What measured it, where that is not what measured the session's values; else absent. */
  measuredBy?: MeasuredBy
  /** Gain over the head that it was judged against, positive is better; null for the baseline and without a value. */
  gain: number | null
  /** Label and P(real) of a kept change; null where the analysis gives none. */
  label: Label | null
  pReal: number | null
  knobs: KnobChange[]
  theme: string | null
  /** What a replication found of its change; absent otherwise. */
  outcome?: ReplicationOutcome
  /** Wall time of the runs that the verdict may use, summed; null where no run was recorded. */
  seconds: number | null
}

/** Sessions whose values compare: the same target, metric, time budget and data. Machines may differ. */
export interface ListedTarget {
  /** Unique among the targets, e.g. "train.py, val_bpb". */
  name: string
  metric: Metric
}

export interface ListedSession {
  id: string
  /** Unique among the sessions, and as short as that allows. */
  name: string
  machine: string
  /** Index among the targets. */
  target: number
  /** Value of the baseline; null when it was not measured. */
  baseline: number | null
  /** What measured its values; null without a value. */
  measuredBy: MeasuredBy | null
  /** In the order of the verdicts. */
  experiments: ListedExperiment[]
}

export interface Listing {
  targets: ListedTarget[]
  /** The newest first. */
  sessions: ListedSession[]
  /** The order by which a table sorts verdicts and labels. */
  statuses: readonly Status[]
  labels: readonly Label[]
}

/** @param views the newest first @param knobs `knobsOf` the same views */
export function listingOf(views: View[], knobs: Knob[]): Listing {
  const byKey = Map.groupBy(views, comparableKey)
  const keys = [...byKey.keys()]
  const names = uniqueNames(views, [v => v.session.tag, datedTag, v => v.id])
  const targetNames = uniqueNames(
    [...byKey.values()].flatMap(([first]) => first ?? []),
    targetNamings,
  )
  return {
    targets: [...byKey.values()].flatMap(([first], i) =>
      first ? [{ name: targetNames[i] ?? '', metric: first.session.metric }] : [],
    ),
    sessions: views.map((v, i) => ({
      id: v.id,
      name: names[i] ?? v.id,
      machine: v.session.machine.label,
      target: keys.indexOf(comparableKey(v)),
      baseline: v.baseline,
      measuredBy: basisOf(v.session, v.experiments)?.by ?? null,
      experiments: experimentsOf(v, knobs),
    })),
    statuses,
    labels,
  }
}

function experimentsOf(v: View, knobs: Knob[]): ListedExperiment[] {
  const points = new Map(v.frontierData.points.map(p => [p.number, p]))
  const kept = new Map(v.kept.map(k => [k.number, k]))
  const themes = themesOf(v)
  const by = basisOf(v.session, v.experiments)?.by
  const otherwise = (e: View['experiments'][number]) => {
    const own = measuredByOf(e, v.session)
    return own === null || own === by ? {} : { measuredBy: own }
  }
  const outcome = ({ number }: View['experiments'][number]) => {
    const found = v.replicated.get(number)
    return found ? { outcome: found.outcome } : {}
  }
  return v.experiments.map(e => ({
    number: e.number,
    status: e.status,
    description: e.description,
    value: e.metric,
    ...otherwise(e),
    gain: points.get(e.number)?.gain ?? null,
    label: kept.get(e.number)?.label ?? null,
    pReal: kept.get(e.number)?.pReal ?? null,
    knobs: knobsMoved(knobs, v, e.number).flatMap(({ knob, at }) => {
      const found = knob.tries[at]
      return found ? [{ knob: knob.id, from: found.from, to: found.to }] : []
    }),
    theme: themes.get(e.number) ?? null,
    ...outcome(e),
    seconds: ownSeconds(e),
  }))
}

const comparableKey = ({ session }: View): string => {
  const { metric, budget } = session
  return JSON.stringify([targetOf(session), metric.name, metric.goal, metric.unit, budget, dataKey(session)])
}

const targetOf = (session: View['session']): string => basename(targetText(session))

const named = ({ session }: View): string => `${targetOf(session)}, ${session.metric.name}`

const budgeted = (v: View): string =>
  `${named(v)}, ${v.session.budget === null ? 'unknown budget' : `${roughDuration(v.session.budget)} a run`}`

/** From the shortest; the last tells everything that `comparableKey` does. */
const targetNamings = [
  named,
  budgeted,
  (v: View): string => {
    const { data, metric } = v.session
    const given = givenData(v.session)
    const unreported = given === null ? 'unknown data' : sanitizeText(given, 100)
    const on = data === null ? unreported : `${data.name} ${data.fingerprint.slice(0, 7)}`
    return `${budgeted(v)}, ${on}, ${metric.goal}${metric.unit ? ` in ${metric.unit}` : ''}`
  },
]

function datedTag(v: View): string {
  const day = sessionDay(v.session)
  return day === null ? v.id : `${v.session.tag}, ${shortDate(day)}`
}

/** Names each item by the first naming that tells it from the others; by the last where none does. */
function uniqueNames<T>(items: T[], namings: ((item: T) => string)[]): string[] {
  const counts = namings.map(naming => Map.groupBy(items, naming))
  return items.map(item => {
    const texts = namings.map(naming => naming(item))
    return texts.find((text, i) => counts[i]?.get(text)?.length === 1) ?? texts.at(-1) ?? ''
  })
}
