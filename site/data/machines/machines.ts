/** The notebook's machines: components, results on each target, best result. Pure. */

import { type MeasuredSigma, scaledSigma } from '../../../scripts/analysis/noise/sigma.ts'
import { total } from '../../../scripts/analysis/numbers.ts'
import { totalOutage } from '../../../scripts/analysis/outages.ts'
import { MIN_RATE_SECONDS } from '../../../scripts/analysis/time.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import type { Metric, Noise } from '../../../scripts/record/schema.ts'
import type { View } from '../view.ts'
import { targetText } from '../words.ts'
import { type Best, bestOf } from './best.ts'
import { type Part, partsOf } from './hardware.ts'
import { type MachineSession, machineSession } from './machineSession.ts'
import { type Speed, speedOf } from './speed.ts'

export interface Machine {
  label: string
  /** Unique id on the page: letters, digits and hyphens. */
  anchor: string
  /** Newest first. */
  sessions: View[]
  parts: Part[]
  targets: Target[]
}

/** A machine's sessions on one target and metric. */
export interface Target {
  machine: string
  target: string
  metric: Metric
  /** Newest first. */
  sessions: MachineSession[]
  /** Of the newest session that measured it. */
  noise: Noise | null
  /** σ and its interval as fractions of that session's baseline. */
  relativeSigma: MeasuredSigma | null
  speed: Speed
  /** Over all sessions with known times, without confirm runs; null below an hour. */
  experimentsPerHour: number | null
  hours: number | null
  idle: number | null
  outages: { count: number; seconds: number }
  /** Dollars of agents, and of GPUs, of the sessions where they are known. */
  costUsd: number | null
  gpuUsd: number | null
  best: Best | null
}

/**
 * Groups views by machine label: the machine with the newest session first, each machine's targets by their newest
 * session.
 * @param views newest first
 * @param codes hashes of the editable files by session id (`codeHashes`)
 * @param sides sides of a comparison by session id
 */
export function machinesOf(views: View[], codes: Map<string, string>, sides: Map<string, Side>): Machine[] {
  // The page has sections of these ids.
  const anchors = new Set(['side-by-side', 'people'])
  return [...Map.groupBy(views, v => v.session.machine.label)].map(([label, sessions]) => ({
    label,
    anchor: anchorOf(label, anchors),
    sessions,
    parts: partsOf(sessions),
    targets: [...Map.groupBy(sessions, measureOf).values()].map(some =>
      targetOf(
        label,
        some.map(v => machineSession(v, codes, sides)),
      ),
    ),
  }))
}

const measureOf = ({ session }: View): string => measureKey(targetText(session), session.metric)

/** Key of values that compare. */
export const measureKey = (target: string, { name, goal }: Metric): string => [target, name, goal].join('\0')

function anchorOf(label: string, taken: Set<string>): string {
  const slug = label.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'machine'
  let anchor = slug
  for (let n = 2; taken.has(anchor); n++) anchor = `${slug}-${n}`
  taken.add(anchor)
  return anchor
}

function targetOf(machine: string, sessions: MachineSession[]): Target {
  const views = sessions.map(({ view }) => view)
  const [newest] = views as [View, ...View[]]
  const timed = sessions.flatMap(({ view: { digest, experiments } }) =>
    digest && digest.time.total > 0 ? [{ ...digest.time, experiments: experiments.length }] : [],
  )
  const ran = sessions.filter(n => n.idle !== null)
  const noisy = views.find(hasRunNoise)
  const noise = noisy?.digest?.noise ?? null
  const outages = views.map(({ session }) => totalOutage(session.outages, session.endedAt))
  const searching = sum(timed.map(t => t.total - t.confirming))
  return {
    machine,
    target: targetText(newest.session),
    metric: newest.session.metric,
    sessions,
    noise,
    relativeSigma: noise && noisy?.baseline ? scaledSigma(noise, 1 / Math.abs(noisy.baseline)) : null,
    speed: sessions.find(n => n.speed.steps !== null || n.speed.tokens !== null)?.speed ?? speedOf([]),
    experimentsPerHour:
      sum(timed.map(t => t.total)) >= MIN_RATE_SECONDS && searching > 0
        ? (3600 * sum(timed.map(t => t.experiments))) / searching
        : null,
    hours: timed.length > 0 ? sum(timed.map(t => t.total)) / 3600 : null,
    idle: ran.length > 0 ? sum(ran.map(n => (n.idle ?? 0) * (n.hours ?? 0))) / sum(ran.map(n => n.hours ?? 0)) : null,
    outages: { count: sum(outages.map(o => o.count)), seconds: sum(outages.map(o => o.seconds)) },
    costUsd: total(views.map(v => v.digest?.costUsd ?? null)),
    gpuUsd: total(views.map(v => v.digest?.gpuCost?.usd ?? null)),
    best: bestOf(sessions),
  }
}

/** Whether σ is that of runs at different times, as baselines of sessions are; with `judge: paired` it is not. */
export const hasRunNoise = ({ session, digest }: View): boolean => digest?.noise != null && !isPaired(session)

const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0)
