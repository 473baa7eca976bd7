/** What the pages show, as rows for the data files. Gains are positive when better, whatever the metric's goal. */
import { answer } from './answer.ts'
import type { Cell } from './csv.ts'
import type { Idea } from './ideas.ts'
import type { View } from './view.ts'
import { targetText } from './words.ts'

export type Row = Record<string, Cell>

/** A row for each night, as in the home page's table. */
export const nightRows = (views: View[]): Row[] =>
  views.map(v => {
    const { session, digest } = v
    const { confirmed = null, holdout = null, time = null, costUsd = null } = digest ?? {}
    return {
      session: v.id,
      startedAt: session.startedAt,
      endedAt: session.endedAt,
      machine: session.machine.label,
      target: targetText(session),
      agent: session.agent.use,
      model: session.agent.model,
      tag: session.tag,
      metric: session.metric.name,
      goal: session.metric.goal,
      experiments: v.experiments.length,
      kept: v.kept.length,
      baseline: v.baseline,
      best: v.best,
      claimedGain: v.gain,
      answer: answer(v).kind,
      confirmedGain: confirmed?.gain ?? null,
      confirmedLow: confirmed?.interval[0] ?? null,
      confirmedHigh: confirmed?.interval[1] ?? null,
      confirmedSeeds: confirmed?.seeds ?? null,
      holdoutGain: holdout?.gain ?? null,
      holdoutLow: holdout?.interval[0] ?? null,
      holdoutHigh: holdout?.interval[1] ?? null,
      sigma: v.trail.sigma,
      hours: time && time.total > 0 ? time.total / 3600 : null,
      costUsd,
    }
  })

/** A row for each experiment: the frontier's and the ledger's numbers. */
export function experimentRows(v: View): Row[] {
  const points = new Map(v.trail.points.map(p => [p.number, p]))
  const words = new Map(v.kept.map(k => [k.number, k]))
  return v.experiments.map(e => ({
    experiment: e.number,
    place: points.get(e.number)?.place ?? null,
    status: e.status,
    description: e.description,
    metric: e.metric,
    gain: points.get(e.number)?.gain ?? null,
    bestSoFar: points.get(e.number)?.best ?? null,
    share: words.get(e.number)?.share ?? null,
    chance: words.get(e.number)?.chance ?? null,
    word: words.get(e.number)?.word ?? null,
    memoryMb: e.memoryMb,
    linesAdded: e.linesAdded,
    linesRemoved: e.linesRemoved,
    startedAt: e.startedAt,
    endedAt: e.endedAt,
    commit: e.commit,
    reason: e.reason,
  }))
}

export const ideaRows = (ideas: Idea[]): Row[] =>
  ideas.map(({ experiments, ...idea }) => ({ ...idea, experiments: experiments.join(' ') }))
