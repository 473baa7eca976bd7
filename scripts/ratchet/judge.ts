/**
 * The judge: what becomes of a candidate next. One call looks at what is known of it, gives a verdict or says what to
 * run; it is a function of the state, so it goes on after an interruption where it was.
 */
import { metricText } from '../lib/format.ts'
import type { Candidate } from '../record/journal.ts'
import type { Experiment, OwnDecision, OwnExperiment, Run } from '../record/schema.ts'
import { findExperiment, headOf, meanMetric, type State, sessionMetrics } from '../record/state.ts'
import type { JudgeContext, RecordContext } from './context.ts'
import { decide } from './decide.ts'
import type { ReworkRequest } from './propose/agentPool.ts'
import { rebaseOnto, refName } from './propose/candidate.ts'
import { fixRequest } from './propose/fixRequest.ts'
import { record } from './record.ts'
import type { RunOrder } from './train/train.ts'

/** Seed of every candidate's first run, the baseline's too: what a change does is seen on the same draw. */
export const firstSeed = 1

/** What becomes of a candidate next. */
export type Next =
  /** It is run. */
  | { kind: 'run'; order: RunOrder }
  /** It has its verdict. */
  | { kind: 'judged'; experiment: Experiment }
  /** It goes back to its agent. */
  | { kind: 'rework'; request: ReworkRequest }

/** Looks at a candidate under way. Called one at a time (`context.judge`). */
export async function judgeNext(context: JudgeContext, number: number): Promise<Next> {
  const { state } = context
  const candidate = state.pending.get(number) as Candidate
  const head = headOf(state) as Experiment
  const runs = (state.open.get(number) ?? []).filter(run => run.commit === candidate.commit)
  if (runs.length === 0)
    return isOnHead(candidate, head) ? nextRun(candidate, 0) : rebaseAndRun(context, candidate, head)

  const weighed = weigh(context, candidate, runs)
  if (weighed.kind === 'repeat') return nextRun(candidate, runs.length)
  const { verdict } = weighed
  if (verdict.status === 'keep' && !isOnHead(candidate, head)) return rebaseAndRun(context, candidate, head)
  const request = verdict.status === 'crash' ? await fixRequest(context, candidate, runs.at(-1) as Run) : null
  if (request) return { kind: 'rework', request }
  return { kind: 'judged', experiment: await settle(context, candidate, verdict) }
}

/** Ends a candidate that will not be run any more. */
export const settle = (context: RecordContext, candidate: Candidate, verdict: Verdict): Promise<Experiment> => {
  const { revision: _, reworked: __, ...about } = candidate
  return record(context, { ...about, ...verdict })
}

const isOnHead = (candidate: Candidate, head: Experiment): boolean => candidate.parent.number === head.number

/** @param finished how many runs the candidate has had */
function nextRun({ number, commit }: Candidate, finished: number): Next {
  const purpose = finished === 0 ? 'candidate' : 'repeat'
  return { kind: 'run', order: { experiment: number, commit, purpose, seed: firstSeed + finished } }
}

/** What is kept was measured as it is kept: on a newer head it is run again. */
async function rebaseAndRun(context: JudgeContext, candidate: Candidate, head: Experiment): Promise<Next> {
  const rebase = await rebaseOnto(context, candidate, head)
  if (rebase.kind === 'rebased') {
    const rebased = rebase.candidate
    const onto = head.number === 0 ? 'the baseline' : head.description
    context.terminal.step(refName(rebased), `put on ${onto}; it runs there`)
    return nextRun(rebased, 0)
  }
  const request: ReworkRequest = { kind: 'redo', candidate, why: rebase.why }
  if (!candidate.reworked) return { kind: 'rework', request }
  return { kind: 'judged', experiment: await giveUp(context, request) }
}

/**
 * Records a candidate as what it is when its agent does not make it again, or fix it.
 * @param spent what its agent has used by now
 */
export function giveUp(
  context: RecordContext,
  request: ReworkRequest,
  spent = request.candidate.agent,
): Promise<Experiment> {
  const candidate = { ...request.candidate, agent: spent }
  if (request.kind === 'redo')
    return settle(context, candidate, {
      ...unmeasured,
      status: 'conflict',
      reason: `Not stackable: ${request.why}.`,
    })
  const runs = context.state.open.get(candidate.number) ?? []
  return settle(context, candidate, failed(runs.findLast(run => run.commit === candidate.commit) as Run))
}

export type Verdict = Pick<OwnExperiment, 'status' | 'reason' | 'decision' | 'metric' | 'memoryMb'>

export const unmeasured = { decision: null as OwnDecision | null, metric: null, memoryMb: null }

type Weighed = { kind: 'verdict'; verdict: Verdict } | { kind: 'repeat' }

/** What the runs of a candidate say: a verdict, or that one more run decides. */
function weigh(context: JudgeContext, candidate: Candidate, runs: Run[]): Weighed {
  const values: number[] = []
  for (const run of runs) {
    if (run.metric === null) return { kind: 'verdict', verdict: failed(run) }
    const reason = overLimit(context.contract.limits, run)
    if (reason) return { kind: 'verdict', verdict: discardedBy(reason, run) }
    values.push(run.metric)
  }
  const decision = decide(caseOf(context, candidate, values))
  if (decision.verdict === 'repeat') return { kind: 'repeat' }
  const memoryMb = Math.max(...runs.map(run => memoryOf(run) ?? -1))
  const verdict: Verdict = {
    status: decision.verdict,
    reason: decision.reason,
    decision,
    metric: decision.candidate,
    memoryMb: memoryMb < 0 ? null : memoryMb,
  }
  return { kind: 'verdict', verdict }
}

const discardedBy = (reason: string, run: Run): Verdict => ({
  ...unmeasured,
  status: 'discard',
  reason,
  metric: run.metric,
  memoryMb: memoryOf(run),
})

/** What a failed run makes of its experiment. */
export function failed(run: Run): Verdict {
  const status = run.outcome === 'ok' ? 'crash' : run.outcome
  return { ...unmeasured, status, reason: `${status[0]?.toUpperCase()}${status.slice(1)}: ${run.why ?? 'no metric'}.` }
}

/** Peak memory as the run printed it; null when it did not. */
export const memoryOf = (run: Run): number | null => run.summary.peak_vram_mb ?? null

/** Judged against the head it was rebased onto, also when that is not the head any more. */
function caseOf({ contract, state }: JudgeContext, { parent, linesAdded, linesRemoved }: Candidate, values: number[]) {
  const { goal } = contract.metric
  const head = findExperiment(state, parent.number) as Experiment
  return {
    goal,
    candidate: values,
    best: meanMetric(head),
    bestEver: bestEver(state, goal),
    sigma: state.session.noise?.sigma ?? null,
    linesAdded,
    linesRemoved,
    policy: { lineCost: contract.lineCost, repeat: contract.repeat },
  }
}

function bestEver({ experiments }: State, goal: 'minimize' | 'maximize'): number {
  const kept = experiments.filter(e => e.status === 'keep' && sessionMetrics(e).length > 0).map(meanMetric)
  return goal === 'minimize' ? Math.min(...kept) : Math.max(...kept)
}

function overLimit(limits: Record<string, number>, run: Run): string | null {
  for (const [name, limit] of Object.entries(limits)) {
    const value = run.summary[name]
    if (value !== undefined && value > limit)
      return `Discarded: ${name} ${metricText(value)} is over the limit of ${limit}.`
  }
  return null
}
