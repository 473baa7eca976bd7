/** Evaluates the finished runs of a candidate: a verdict, or the run that is needed before it. Pure. */
import { metricText } from '../lib/format.ts'
import { capital } from '../lib/text.ts'
import type { Candidate } from '../record/journal.ts'
import { isOverBudget, valuesWithin } from '../record/overBudget.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment, OwnDecision, OwnExperiment, Run } from '../record/schema.ts'
import { bestOf, findExperiment, meanMetric, type State, sessionMetrics } from '../record/state.ts'
import type { JudgeContext } from './context.ts'
import { type DecisionInput, decide } from './decide.ts'
import { headFailure, judgePairs, nextOfPair, pairsPlanned } from './pairs.ts'
import { firstSeed } from './runOrder.ts'
import type { RunOrder } from './train/train.ts'

export type EvaluateContext = Pick<JudgeContext, 'contract' | 'state' | 'slots'>

/** The candidate needs this run. */
export interface RunStep {
  kind: 'run'
  order: RunOrder
}

export type Verdict = Pick<OwnExperiment, 'status' | 'reason' | 'decision' | 'metric' | 'memoryMb'>

export const noMeasurement = { decision: null as OwnDecision | null, metric: null, memoryMb: null }

/** `run`: another run is needed before the verdict. */
export type RunsResult = { kind: 'verdict'; verdict: Verdict } | RunStep

/**
 * The verdict of a candidate by its finished runs, or the run that it needs before.
 * @param among of the best of a sweep: what its choice counts
 */
export const evaluate = (
  context: EvaluateContext,
  candidate: Candidate,
  runs: Run[],
  among?: DecisionInput['among'],
): RunsResult =>
  isPaired(context.state.session)
    ? evaluatePairs(context, candidate, runs, among)
    : evaluateRuns(context, candidate, runs, among)

function evaluateRuns(
  context: EvaluateContext,
  candidate: Candidate,
  runs: Run[],
  among?: DecisionInput['among'],
): RunsResult {
  const failed = verdictWithoutDecision(context, runs)
  if (failed) return { kind: 'verdict', verdict: failed }
  const decision = decide({ ...decisionInput(context, candidate, valuesWithin(runs)), ...(among && { among }) })
  // Over budget, its value may be that of longer training: it is run once more before it may lead.
  const isUnsure = decision.verdict === 'keep' && runs.length === 1 && runs.every(isOverBudget)
  return decision.verdict === 'repeat' || isUnsure
    ? nextRun(candidate, runs.length)
    : { kind: 'verdict', verdict: verdictOf(decision, runs) }
}

/**
 * Judges a candidate by its pairs, or asks for the next run of one. Only the recorded runs say which: a resumed session
 * takes the same step.
 */
function evaluatePairs(
  context: EvaluateContext,
  candidate: Candidate,
  runs: Run[],
  among?: DecisionInput['among'],
): RunsResult {
  const { state } = context
  const all = state.open.get(candidate.number) ?? []
  const failed = verdictWithoutDecision(context, runs) ?? headFailure(all)
  if (failed) return { kind: 'verdict', verdict: { ...noMeasurement, ...failed } }
  const planned = pairsPlanned(context.contract, state)
  const { decision, finished, half } = judgePairs(state.experiments, { ...candidate, runs: all }, planned, {
    goal: context.contract.metric.goal,
    policy: context.contract,
    ...(among && { among }),
  })
  return decision
    ? { kind: 'verdict', verdict: verdictOf(decision, runs) }
    : { kind: 'run', order: nextOfPair(candidate, finished, half, context) }
}

/** The verdict of a failed run or of one over its limit; null when all runs may be compared. */
export function verdictWithoutDecision(context: EvaluateContext, runs: Run[]): Verdict | null {
  for (const run of runs) {
    if (run.metric === null) return failedVerdict(run)
    const reason = exceededLimit(context.contract.limits, run)
    if (reason) return discardVerdict(reason, run)
  }
  return null
}

export function verdictOf(decision: OwnDecision, runs: Run[]): Verdict {
  const memoryMb = Math.max(...runs.map(run => peakMemoryMb(run) ?? -1))
  return {
    status: decision.verdict === 'keep' ? 'keep' : 'discard',
    reason: decision.reason,
    decision,
    metric: decision.candidate,
    memoryMb: memoryMb < 0 ? null : memoryMb,
  }
}

const discardVerdict = (reason: string, run: Run): Verdict => ({
  ...noMeasurement,
  status: 'discard',
  reason,
  metric: run.metric,
  memoryMb: peakMemoryMb(run),
})

/** The verdict of an experiment whose run gave no metric. */
export function failedVerdict(run: Run): Verdict {
  const status = run.outcome === 'ok' ? 'crash' : run.outcome
  return {
    ...noMeasurement,
    status,
    reason: `${capital(status)}: ${(run.why ?? 'no metric').replace(/\.$/, '')}.`,
  }
}

/** Peak memory in MB from the run's summary; null when it printed none. */
export const peakMemoryMb = (run: Run): number | null => run.summary.peak_vram_mb ?? null

/** Input of the decision, before a choice among a sweep. The candidate is compared with its parent, which may no longer be the head. */
export function decisionInput(
  { contract, state }: EvaluateContext,
  { parent, linesAdded, linesRemoved }: Candidate,
  values: number[],
) {
  const { goal } = contract.metric
  return {
    goal,
    candidate: values,
    head: meanMetric(findExperiment(state, parent.number) as Experiment),
    best: bestValue(state, goal),
    sigma: state.session.noise?.sigma ?? null,
    linesAdded,
    linesRemoved,
    policy: { lineCost: contract.lineCost, repeat: contract.repeat },
  }
}

/** Mean value of the kept experiment whose mean is best. */
function bestValue({ experiments }: State, goal: 'minimize' | 'maximize'): number {
  const mean = (e: Experiment) => (sessionMetrics(e).length > 0 ? meanMetric(e) : null)
  return meanMetric(bestOf(experiments, goal, mean) as Experiment)
}

/** The reason of a discard; null when no summary value is over its limit. */
function exceededLimit(limits: Record<string, number>, run: Run): string | null {
  for (const [name, limit] of Object.entries(limits)) {
    const value = run.summary[name]
    if (value !== undefined && value > limit)
      return `Discarded: ${name} ${metricText(value, [limit])} is over the limit of ${limit}.`
  }
  return null
}

/** @param finished number of finished runs of the candidate */
export function nextRun({ number, commit }: Candidate, finished: number): RunStep {
  const purpose = finished === 0 ? 'candidate' : 'repeat'
  return { kind: 'run', order: { experiment: number, commit, purpose, seed: firstSeed + finished } }
}
