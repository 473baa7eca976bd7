/**
 * The judge: decides the next step of a candidate, which is another run, a rebase, a rework by its agent or a verdict.
 * The decision depends only on the recorded state, so a resumed session takes the same step.
 */
import { noiseOfPairs } from '../analysis/noise/noise.ts'
import { metricText } from '../lib/format.ts'
import { capital } from '../lib/text.ts'
import { experimentName } from '../record/files/paths.ts'
import type { Candidate } from '../record/journal.ts'
import { isOverBudget, valuesWithin } from '../record/overBudget.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment, OwnDecision, OwnExperiment, Run } from '../record/schema.ts'
import { bestOf, findExperiment, headOf, meanMetric, type State, sessionMetrics } from '../record/state.ts'
import type { JudgeContext, RecordContext } from './context.ts'
import { decide } from './decide.ts'
import { headFailure, judgePairs, nextOfPair, pairsPlanned } from './pairs.ts'
import type { ReworkRequest } from './propose/agentPool.ts'
import { rebaseOnto, refName } from './propose/candidate.ts'
import { fixRequest } from './propose/fixRequest.ts'
import { recordVerdict } from './recordVerdict.ts'
import { firstSeed } from './runOrder.ts'
import { emit } from './session/context.ts'
import type { RunOrder } from './train/train.ts'

export type NextStep =
  | { kind: 'run'; order: RunOrder }
  | { kind: 'judged'; experiment: Experiment }
  /** The candidate goes back to its agent. */
  | { kind: 'rework'; request: ReworkRequest }

/** Decides the next step of a pending candidate. Calls must not overlap: use `context.judge`. */
export async function judgeNext(context: JudgeContext, number: number): Promise<NextStep> {
  const { state } = context
  const candidate = state.pending.get(number) as Candidate
  const head = headOf(state) as Experiment
  const runs = (state.open.get(number) ?? []).filter(run => run.commit === candidate.commit)
  if (runs.length === 0)
    return isOnHead(candidate, head) ? nextRun(candidate, 0) : rebaseAndRun(context, candidate, head, 0)

  const result = isPaired(state.session)
    ? evaluatePairs(context, candidate, runs)
    : evaluateRuns(context, candidate, runs)
  if (result.kind === 'run') return result
  const { verdict } = result
  if (verdict.status === 'keep' && !isOnHead(candidate, head))
    return rebaseAndRun(context, candidate, head, runs.length)
  const request = verdict.status === 'crash' ? await fixRequest(context, candidate, runs.at(-1) as Run) : null
  if (request) return { kind: 'rework', request }
  return { kind: 'judged', experiment: await recordOutcome(context, candidate, verdict) }
}

/** Records the verdict of a candidate, which is then no longer pending; in a paired session σ before it. */
export async function recordOutcome(
  context: RecordContext,
  candidate: Candidate,
  verdict: Verdict,
): Promise<Experiment> {
  const { revision: _, reworked: __, ...about } = candidate
  const { session, experiments, open } = context.state
  const runs = open.get(candidate.number) ?? []
  const noise =
    verdict.decision?.pairs && noiseOfPairs(session.metric.goal, [...experiments, { runs, commit: candidate.commit }])
  if (noise) await emit(context, { event: 'noise', noise })
  return await recordVerdict(context, { ...about, ...verdict })
}

const isOnHead = (candidate: Candidate, head: Experiment): boolean => candidate.parent.number === head.number

/** @param finished number of finished runs of the candidate */
function nextRun({ number, commit }: Candidate, finished: number): NextStep & { kind: 'run' } {
  const purpose = finished === 0 ? 'candidate' : 'repeat'
  return { kind: 'run', order: { experiment: number, commit, purpose, seed: firstSeed + finished } }
}

/**
 * Rebases a candidate onto a newer head and runs it there: only a commit that was measured itself is kept.
 * @param finished number of finished runs of the candidate before the rebase
 */
async function rebaseAndRun(
  context: JudgeContext,
  candidate: Candidate,
  head: Experiment,
  finished: number,
): Promise<NextStep> {
  const rebase = await rebaseOnto(context, candidate, head)
  if (rebase.kind === 'rebased') {
    const rebased = rebase.candidate
    const rerun = finished === 0 ? '' : ', re-running'
    context.terminal.step(refName(rebased), `rebased onto ${experimentName(head.number)}${rerun}`)
    return nextRun(rebased, 0)
  }
  const request: ReworkRequest = { kind: 'conflict', candidate, why: rebase.why }
  if (!candidate.reworked) return { kind: 'rework', request }
  return { kind: 'judged', experiment: await recordWithoutRework(context, request) }
}

/**
 * Records a candidate that its agent did not rework: as a conflict, or with the verdict of its failed run.
 * @param spent the agent's time, tokens and cost, including those of the rework
 */
export function recordWithoutRework(
  context: RecordContext,
  request: ReworkRequest,
  spent = request.candidate.agent,
): Promise<Experiment> {
  const candidate = { ...request.candidate, agent: spent }
  if (request.kind === 'conflict')
    return recordOutcome(context, candidate, {
      ...noMeasurement,
      status: 'conflict',
      reason: `Conflict: ${request.why}.`,
    })
  const runs = context.state.open.get(candidate.number) ?? []
  return recordOutcome(context, candidate, failedVerdict(runs.findLast(run => run.commit === candidate.commit) as Run))
}

export type Verdict = Pick<OwnExperiment, 'status' | 'reason' | 'decision' | 'metric' | 'memoryMb'>

export const noMeasurement = { decision: null as OwnDecision | null, metric: null, memoryMb: null }

/** `run`: another run is needed before the verdict. */
type RunsResult = { kind: 'verdict'; verdict: Verdict } | (NextStep & { kind: 'run' })

function evaluateRuns(context: JudgeContext, candidate: Candidate, runs: Run[]): RunsResult {
  const failed = verdictWithoutDecision(context, runs)
  if (failed) return { kind: 'verdict', verdict: failed }
  const decision = decide(decisionInput(context, candidate, valuesWithin(runs)))
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
function evaluatePairs(context: JudgeContext, candidate: Candidate, runs: Run[]): RunsResult {
  const { state } = context
  const all = state.open.get(candidate.number) ?? []
  const failed = verdictWithoutDecision(context, runs) ?? headFailure(all)
  if (failed) return { kind: 'verdict', verdict: { ...noMeasurement, ...failed } }
  const planned = pairsPlanned(context.contract, state)
  const { decision, finished, half } = judgePairs(state.experiments, { ...candidate, runs: all }, planned, {
    goal: context.contract.metric.goal,
    policy: context.contract,
  })
  return decision
    ? { kind: 'verdict', verdict: verdictOf(decision, runs) }
    : { kind: 'run', order: nextOfPair(candidate, finished, half, context) }
}

/** The verdict of a failed run or of one over its limit; null when all runs may be compared. */
function verdictWithoutDecision(context: JudgeContext, runs: Run[]): Verdict | null {
  for (const run of runs) {
    if (run.metric === null) return failedVerdict(run)
    const reason = exceededLimit(context.contract.limits, run)
    if (reason) return discardVerdict(reason, run)
  }
  return null
}

function verdictOf(decision: OwnDecision, runs: Run[]): Verdict {
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

/** Input of the decision. The candidate is compared with its parent, which may no longer be the head. */
function decisionInput(
  { contract, state }: JudgeContext,
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
