/** The data files of a session's page. Gains are positive where better. */
import { holdoutMeasuredBy, runMeasuredBy } from '../../../scripts/analysis/confirm/basis.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import { type Row, rowsCsv } from '../csv.ts'
import { experimentRows } from '../tables.ts'
import type { View } from '../view.ts'
import { kindOfRun } from './timeline.ts'
import { stepsOf } from './waterfall.ts'

const tables: Record<string, (v: View) => Row[]> = { experiments: experimentRows, kept: keptRows, time: timeRows }

/** Record files that a session's page links to: name → path. */
export const sessionRecords = new Map([
  ['session.json', files.session],
  ['experiments.jsonl', files.experiments],
  ['results.tsv', files.results],
  ['digest.json', files.digest],
  ['report.md', files.report],
])

/** File names. */
export const sessionTables = Object.keys(tables).flatMap(name => [`${name}.json`, `${name}.csv`])

/** Text of a data file; null for an unknown name. */
export function sessionTable(v: View, file: string): string | null {
  if (!sessionTables.includes(file)) return null
  const [name = '', format] = file.split('.')
  const rows = tables[name]?.(v) ?? []
  return format === 'csv' ? rowsCsv(rows) : JSON.stringify(rows, null, 1)
}

/**
 * The waterfall: each kept change with its cumulative gain before and after, over the baseline; then the totals of single runs and of
 * confirmed totals.
 */
function keptRows(v: View): Row[] {
  const words = new Map(v.kept.map(k => [String(k.number), k]))
  const empty = { experiment: null, description: null, from: null, to: null, share: null, pReal: null, label: null }
  const whole = (row: string, gain: number | null, found: Confirmed | null): Row => {
    const [low, high] = found?.interval ?? [null, null]
    return { row, ...empty, from: 0, to: gain, gain, low, high, seeds: found?.seeds ?? null }
  }
  const { confirmed = null, holdout = null } = v.digest ?? {}
  return [
    ...stepsOf(v).map(({ number, name, from, to, gain, pReal }) => ({
      row: 'kept',
      experiment: Number(number),
      description: name,
      from,
      to,
      share: words.get(number)?.share ?? null,
      pReal,
      label: words.get(number)?.label ?? null,
      gain,
      low: null,
      high: null,
      seeds: null,
    })),
    whole('best single run', v.gain, null),
    ...(confirmed ? [whole('confirmed', confirmed.gain, confirmed)] : []),
    ...(holdout ? [whole('holdout', holdout.gain, holdout)] : []),
  ]
}

/** The timeline: runs, agent time, outages, and starts of runs without a known length, by start time. */
function timeRows({ experiments, session }: View): Row[] {
  const none = {
    experiment: null,
    run: null,
    purpose: null,
    seed: null,
    outcome: null,
    metric: null,
    measuredBy: null,
    holdout: null,
    holdoutMeasuredBy: null,
    node: null,
    waitedSeconds: null,
    lost: null,
  }
  const found = experiments.flatMap((e): Row[] => {
    const own = { ...none, experiment: e.number }
    const thinking = e.startedAt !== null && e.agent.use !== null ? e.agent.seconds : null
    return [
      ...(thinking ? [{ what: 'thinking', ...own, kind: e.agent.use, startedAt: e.startedAt, seconds: thinking }] : []),
      ...e.runs.map(r => ({
        what: 'run',
        ...own,
        run: r.k,
        purpose: r.purpose,
        seed: r.seed,
        outcome: r.outcome,
        metric: r.metric,
        measuredBy: runMeasuredBy(r, session),
        holdout: r.holdout,
        holdoutMeasuredBy: holdoutMeasuredBy(r, session),
        node: r.node ?? null,
        waitedSeconds: r.waitedSeconds ?? null,
        lost: r.lost?.map(({ cause }) => cause).join('; ') ?? null,
        kind: kindOfRun(e, r),
        startedAt: r.startedAt,
        seconds: r.seconds,
      })),
      ...(e.runs.length === 0
        ? [{ what: 'experiment', ...own, kind: e.status, startedAt: e.startedAt, seconds: null }]
        : []),
    ]
  })
  const outages = session.outages.map(({ kind, startedAt, endedAt }) => {
    const seconds = endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000
    return { what: 'outage', ...none, kind, startedAt, seconds }
  })
  return [...found, ...outages].sort((a, b) => String(a.startedAt ?? '').localeCompare(String(b.startedAt ?? '')))
}
