/** What a run may take on the runner's clock, by the runs of the baseline. */
import type { OwnSession, Run } from '../../record/schema.ts'
import type { RunStarted, State } from '../../record/state.ts'
import { allowedTime } from '../../stats/wallTime.ts'

type Budgeted = Pick<OwnSession, 'budget' | 'readsBudget'>

/** Relative excess of a printed training time that still says that the target trains for the budget. */
const PRINTED_SLACK = 0.02

export interface TimeAllowed {
  seconds: number
  /** Whether the run repeats a tree: only a first run may have compiled, so only a repeat is judged. */
  isRepeat: boolean
}

/**
 * What a run may take; null for the baseline, before its first run, and where the target does not train for the budget.
 *
 * The first run of a tree may compile, so it is compared with the baseline's first run; any later one with the baseline's
 * later runs. Runs that also evaluate the holdout take longer, so they are compared with such runs.
 */
export function timeAllowed(
  { session, experiments, open }: Pick<State, 'session' | 'experiments' | 'open'>,
  { experiment, commit, purpose }: Pick<RunStarted, 'experiment' | 'commit' | 'purpose'>,
  measuresHoldout: (purpose: Run['purpose']) => boolean,
): TimeAllowed | null {
  const withHoldout = session.metric.holdout !== null && measuresHoldout(purpose)
  const isAlike = (run: Run) => session.metric.holdout === null || measuresHoldout(run.purpose) === withHoldout
  const baseline = (experiments[0]?.runs ?? []).filter(run => run.outcome === 'ok' && run.commit === session.baseCommit)
  const [first, ...later] = baseline
  if (experiment === 0 || first === undefined || commit === session.baseCommit || !trainsForBudget(session, first))
    return null
  const overheadOf = (run: Run) => overhead(run, session.budget)
  const [alike, others] = [true, false].map(same => later.filter(run => isAlike(run) === same).map(overheadOf)) as [
    number[],
    number[],
  ]
  const isRepeat = [...experiments.flatMap(e => e.runs), ...[...open.values()].flat()].some(
    run => run.commit === commit && run.outcome !== 'aborted',
  )
  const cold = allowedTime(session.budget, [overheadOf(first)], [alike, others]).seconds
  // Until the baseline is run again, its first run is all that is known. It may have compiled, which allows more.
  const warm = alike.length > 0 ? allowedTime(session.budget, alike, [others]).seconds : null
  if (warm === null && withHoldout) return null
  return { seconds: isRepeat ? (warm ?? cold) : Math.max(cold, warm ?? 0), isRepeat }
}

/**
 * Whether the target trains for the budget: it reads NIGHTSHIFT_BUDGET_S, or prints that it trained that long. A target with
 * a fixed number of steps does neither, and its runs take as long as they take.
 */
function trainsForBudget({ budget, readsBudget }: Budgeted, baseline: Run): boolean {
  const printed = baseline.summary.training_seconds
  if (readsBudget) return printed !== undefined || baseline.seconds >= budget
  return printed !== undefined && printed >= budget && printed <= (1 + PRINTED_SLACK) * budget
}

/** Seconds of a baseline run besides training. The baseline is the user's code, so what it prints is believed. */
const overhead = ({ seconds, summary }: Run, budget: number): number =>
  Math.max(0, seconds - Math.min(budget, summary.training_seconds ?? budget))
