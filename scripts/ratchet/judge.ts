/**
 * The judge: what becomes of a candidate next. One call looks at what is known of it, gives a verdict or says what to
 * run; it is a function of the state, so it goes on after an interruption where it was.
 */
import { metricText } from '../lib/format.ts'
import type { Candidate } from '../record/journal.ts'
import type { Experiment, OwnDecision, OwnExperiment, Run } from '../record/schema.ts'
import { bestValue, find, nightValues, type State, tip } from '../record/state.ts'
import { decide } from './decide.ts'
import type { Errand } from './propose/agentPool.ts'
import { refName, stackOn } from './propose/candidate.ts'
import { mendable } from './propose/fixRequest.ts'
import { record } from './record.ts'
import type { Night } from './session/context.ts'
import type { RunOrder } from './train/train.ts'

/** Seed of every candidate's first run, the baseline's too: what a change does is seen on the same draw. */
export const firstSeed = 1

/** Run this next; or it is judged; or it goes back to its agent. */
export type Next = { run: RunOrder } | { judged: Experiment } | { errand: Errand }

/** Looks at a candidate under way. Called one at a time (`night.judge`). */
export async function consider(night: Night, number: number): Promise<Next> {
  const { state } = night
  const candidate = state.pending.get(number) as Candidate
  const best = tip(state) as Experiment
  const runs = (state.open.get(number) ?? []).filter(run => run.commit === candidate.commit)
  if (runs.length === 0) return isOnTip(candidate, best) ? order(candidate, 0) : stack(night, candidate, best)

  const verdict = weigh(night, candidate, runs)
  if (verdict === 'repeat') return order(candidate, runs.length)
  if (verdict.status === 'keep' && !isOnTip(candidate, best)) return stack(night, candidate, best)
  const errand = verdict.status === 'crash' ? await mendable(night, candidate, runs.at(-1) as Run) : null
  if (errand) return { errand }
  return { judged: await settle(night, candidate, verdict) }
}

/** Ends a candidate that will not be run any more. */
export const settle = (night: Night, candidate: Candidate, verdict: Verdict): Promise<Experiment> => {
  const { stacked: _, redone: __, ...about } = candidate
  return record(night, { ...about, ...verdict })
}

const isOnTip = (candidate: Candidate, best: Experiment): boolean => candidate.parent.number === best.number

const order = ({ number, commit }: Candidate, made: number): Next => ({
  run: { experiment: number, commit, purpose: made === 0 ? 'candidate' : 'repeat', seed: firstSeed + made },
})

/** What is kept was measured as it is kept: on a newer best it is run again. */
async function stack(night: Night, candidate: Candidate, best: Experiment): Promise<Next> {
  const stacked = await stackOn(night, candidate, best)
  if (typeof stacked !== 'string') {
    night.terminal.step(
      refName(stacked),
      `put on ${best.number === 0 ? 'the baseline' : best.description}; it runs there`,
    )
    return order(stacked, 0)
  }
  const errand: Errand = { kind: 'redo', candidate, why: stacked }
  return candidate.redone ? { judged: await giveUp(night, errand) } : { errand }
}

/**
 * Records a candidate as what it is when its agent does not make it again, or mend it.
 * @param spent what its agent has used by now
 */
export function giveUp(night: Night, errand: Errand, spent = errand.candidate.agent): Promise<Experiment> {
  const candidate = { ...errand.candidate, agent: spent }
  if (errand.kind === 'redo')
    return settle(night, candidate, { ...unmeasured, status: 'unstackable', reason: `Not stackable: ${errand.why}.` })
  const runs = night.state.open.get(candidate.number) ?? []
  return settle(night, candidate, failed(runs.findLast(run => run.commit === candidate.commit) as Run))
}

export type Verdict = Pick<OwnExperiment, 'status' | 'reason' | 'decision' | 'metric' | 'memoryMb'>

export const unmeasured = { decision: null as OwnDecision | null, metric: null, memoryMb: null }

function weigh(night: Night, candidate: Candidate, runs: Run[]): Verdict | 'repeat' {
  const values: number[] = []
  for (const run of runs) {
    if (run.metric === null) return failed(run)
    const over = overLimit(night.contract.limits, run)
    if (over) return { ...unmeasured, status: 'discard', reason: over, metric: run.metric, memoryMb: memoryOf(run) }
    values.push(run.metric)
  }
  const decision = decide(caseOf(night, candidate, values))
  if (decision.verdict === 'repeat') return 'repeat'
  const memoryMb = Math.max(...runs.map(run => memoryOf(run) ?? -1))
  return {
    status: decision.verdict,
    reason: decision.reason,
    decision,
    metric: decision.candidate,
    memoryMb: memoryMb < 0 ? null : memoryMb,
  }
}

/** What a failed run makes of its experiment. */
export function failed(run: Run): Verdict {
  const status = run.outcome === 'ok' ? 'crash' : run.outcome
  return { ...unmeasured, status, reason: `${status[0]?.toUpperCase()}${status.slice(1)}: ${run.why ?? 'no metric'}.` }
}

/** Peak memory as the run printed it; null when it did not. */
export const memoryOf = (run: Run): number | null => run.summary.peak_vram_mb ?? null

/** Judged against the best it was put on, also when that is not the best any more. */
function caseOf({ contract, state }: Night, { parent, linesAdded, linesRemoved }: Candidate, values: number[]) {
  const { goal } = contract.metric
  const best = find(state, parent.number) as Experiment
  return {
    goal,
    candidate: values,
    best: bestValue(best),
    bestEver: bestEver(state, goal),
    sigma: state.session.noise?.sigma ?? null,
    linesAdded,
    linesRemoved,
    policy: { lineCost: contract.lineCost, repeat: contract.repeat },
  }
}

function bestEver({ experiments }: State, goal: 'minimize' | 'maximize'): number {
  const kept = experiments.filter(e => e.status === 'keep' && nightValues(e).length > 0).map(bestValue)
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
