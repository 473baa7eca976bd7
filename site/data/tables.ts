/** Rows of the data files. Gains are positive when better, whatever the metric's goal. */
import { measuredByOf } from '../../scripts/analysis/confirm/basis.ts'
import { stackOf } from '../../scripts/analysis/replication/words.ts'
import { hasBest } from '../../scripts/analysis/search/knob.ts'
import { bestSoFar } from '../../scripts/record/state.ts'
import { runNoise } from '../figures/frontier/data.ts'
import type { Row } from './csv.ts'
import type { Idea } from './ideas.ts'
import type { Knob } from './knobs/knobs.ts'
import { best } from './knobs/response.ts'
import { answer } from './session/answer.ts'
import { themesOf, type View } from './view.ts'
import { targetText } from './words.ts'

/** A row per session, as in the home page's table. */
export const sessionRows = (views: View[]): Row[] =>
  views.map(v => {
    const { session, digest } = v
    const noise = runNoise(session, digest)
    const {
      confirmed: ownConfirmed = null,
      holdout = null,
      time = null,
      tokens = null,
      costUsd = null,
      gpuCost = null,
      basis = null,
    } = digest ?? {}
    const confirmed = v.replication === null ? ownConfirmed : (stackOf(v.replication)?.found ?? null)
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
      measuredBy: basis?.by ?? null,
      holdoutMeasuredBy: holdout === null ? null : (basis?.holdout ?? basis?.by ?? null),
      experiments: v.experimentCount,
      kept: v.kept.length,
      baseline: v.baseline,
      bestSingleRun: v.best,
      bestSingleRunGain: v.gain,
      answer: answer(v).kind,
      replicationOf: v.replication?.session ?? null,
      confirmedGain: confirmed?.gain ?? null,
      confirmedLow: confirmed?.interval[0] ?? null,
      confirmedHigh: confirmed?.interval[1] ?? null,
      confirmedSeeds: confirmed?.seeds ?? null,
      holdoutGain: holdout?.gain ?? null,
      holdoutLow: holdout?.interval[0] ?? null,
      holdoutHigh: holdout?.interval[1] ?? null,
      sigma: noise?.sigma ?? null,
      sigmaLow: noise?.interval?.[0] ?? null,
      sigmaHigh: noise?.interval?.[1] ?? null,
      hours: time && time.total > 0 ? time.total / 3600 : null,
      trainingSeconds: time?.training ?? null,
      overheadSeconds: time?.overhead ?? null,
      confirmingSeconds: time?.confirming ?? null,
      thinkingSeconds: time?.thinking ?? null,
      idleSeconds: time?.idle ?? null,
      tokens,
      costUsd,
      gpuUsd: gpuCost?.usd ?? null,
    }
  })

/** A row per experiment: the numbers of frontier and ledger. */
export function experimentRows(v: View): Row[] {
  const points = new Map(v.frontierData.points.map(p => [p.number, p]))
  const kept = new Map(v.kept.map(k => [k.number, k]))
  const themes = themesOf(v)
  const best = bestSoFar(v.experiments, v.session.metric.goal)
  return v.experiments.map((e, at) => ({
    experiment: e.number,
    /** Index in the order of the verdicts. */
    place: points.get(e.number)?.place ?? null,
    status: e.status,
    description: e.description,
    metric: e.metric,
    measuredBy: measuredByOf(e, v.session),
    gain: points.get(e.number)?.gain ?? null,
    bestSoFar: best[at] ?? null,
    share: kept.get(e.number)?.share ?? null,
    pReal: kept.get(e.number)?.pReal ?? null,
    label: kept.get(e.number)?.label ?? null,
    memoryMb: e.memoryMb,
    linesAdded: e.linesAdded,
    linesRemoved: e.linesRemoved,
    startedAt: e.startedAt,
    endedAt: e.endedAt,
    commit: e.commit,
    reason: e.reason,
    theme: themes.get(e.number) ?? null,
    replicates: v.replicated.get(e.number)?.of.join(' ') ?? null,
    outcome: v.replicated.get(e.number)?.outcome ?? null,
    low: v.replicated.get(e.number)?.found?.interval[0] ?? null,
    high: v.replicated.get(e.number)?.found?.interval[1] ?? null,
  }))
}

/** A row per constant, as in the table of knobs; scores are fractions of the baseline. */
export const knobRows = (knobs: Knob[]): Row[] =>
  knobs.map(k => ({
    target: k.target,
    metric: k.metric.name,
    knob: k.id,
    file: k.file,
    line: k.line,
    tries: k.tries.length,
    sessions: k.sessions,
    machines: k.machines.length,
    first: k.first,
    lowest: k.values[0]?.raw ?? null,
    highest: k.values.at(-1)?.raw ?? null,
    shape: k.shape,
    best: hasBest(k) ? (best(k)?.raw ?? null) : null,
    bestSet: k.bestSet.join(' '),
    score: best(k)?.score ?? null,
    untried: k.untried,
  }))

export const ideaRows = (ideas: Idea[]): Row[] =>
  ideas.map(({ experiments, ...idea }) => ({ ...idea, experiments: experiments.join(' ') }))
