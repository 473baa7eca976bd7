/**
 * Whether runs keep to the budget, by the runner's clock and the runs of the baseline: what a run prints of its own time
 * decides nothing. Pure.
 */
import { mean } from 'simple-statistics'
import { isOverBudget, overBudgetText } from '../record/overBudget.ts'
import { isSearch } from '../record/purposes.ts'
import type { Experiment, Run, Session } from '../record/schema.ts'
import { allowedExcess, allowedTime } from '../stats/wallTime.ts'

type Budgeted = Pick<Session, 'budget' | 'readsBudget'>

/** Relative excess of a printed training time that still says that the target trains for the budget. */
const PRINTED_SLACK = 0.02

/**
 * Seconds that a run of the loop may take; null before the baseline's first run, and where the target does not train for the
 * budget.
 *
 * The first run of a tree may compile, so it may take as long as the baseline's first run; any later one as long as the
 * baseline's later runs. Before there is one, the first is all that is known, and allows more.
 *
 * @param runs of the baseline
 */
export function secondsAllowed(session: Budgeted, runs: Run[], isFirst: boolean): number | null {
  const [first, ...later] = runs.filter(run => run.outcome === 'ok' && isSearch(run))
  const { budget } = session
  if (first === undefined || budget === null || !trainsForBudget(session, first)) return null
  const overheads = (of: Run[]) => of.map(run => overhead(run, budget))
  const [cold, warm] = [[first], later].map(of => (of.length > 0 ? allowedTime(budget, overheads(of)) : 0)) as [
    number,
    number,
  ]
  return isFirst ? Math.max(cold, warm) : warm || cold
}

export interface Excess {
  /** Mean wall time of the final's runs in confirm and of the baseline's, seconds. */
  final: number
  baseline: number
  /** Difference that chance explains, and training seconds of a run. */
  allowed: number
  budget: number
}

/**
 * How much longer than the baseline the final ran in confirm; null where chance explains it, nothing can be compared, or the
 * target does not train for the budget. The runs alternate, so a machine that becomes slower slows both.
 */
export function excessOfFinal(session: Budgeted, baseline: Run[], final: Run[]): Excess | null {
  const ended = (runs: Run[]) => runs.filter(run => run.outcome === 'ok' && run.purpose !== 'origin')
  const first = ended(baseline).find(run => run.purpose !== 'confirm')
  const { budget } = session
  if (first === undefined || budget === null || !trainsForBudget(session, first)) return null
  const [beside, others] = [true, false].map(confirm =>
    ended(baseline).filter(run => run !== first && (run.purpose === 'confirm') === confirm),
  ) as [Run[], Run[]]
  const ran = ended(final)
  if (beside.length === 0 || ran.length === 0) return null
  const overheads = [beside, others].map(runs => runs.map(run => overhead(run, budget)))
  const allowed = allowedExcess(budget, overheads, ran.length)
  const seconds = { final: meanSeconds(ran), baseline: meanSeconds(beside) }
  // Where the baseline stops early, the final may still use the whole budget.
  const unused = Math.max(0, budget - mean(beside.map(run => training(run, budget))))
  return seconds.final - seconds.baseline - unused > allowed ? { ...seconds, allowed, budget } : null
}

const meanSeconds = (runs: Run[]): number => mean(runs.map(run => run.seconds))

/**
 * Whether the target trains for the budget: it reads NIGHTSHIFT_BUDGET_S, or prints that it trained that long. A target with
 * a fixed number of steps does neither, and its runs take as long as they take.
 * @param first the baseline's first run: the user's own code, whose printed time is believed
 */
function trainsForBudget({ budget, readsBudget }: Budgeted, first: Run): boolean {
  if (budget === null) return false
  const printed = first.summary.training_seconds
  if (readsBudget) return printed !== undefined || first.seconds >= budget
  return printed !== undefined && printed >= budget && printed <= (1 + PRINTED_SLACK) * budget
}

/** Seconds of a baseline run besides training. */
const overhead = (run: Run, budget: number): number => Math.max(0, run.seconds - training(run, budget))

/** Training seconds of a baseline run: as printed, for it may stop early, and at most the budget. */
const training = ({ summary }: Run, budget: number): number => Math.min(budget, summary.training_seconds ?? budget)

/** What is to be said of an experiment whose first run took longer than it may. */
export interface OverBudget {
  experiment: number
  kept: boolean
  /** "In its first run it ran 15.6 s of 8 s, at most 11 s with start-up and evaluation: …" */
  sentence: string
}

/** @param budget training seconds of a run; null where it is not known */
export function overBudgetWarnings(experiments: Experiment[], budget: number | null): OverBudget[] {
  if (budget === null) return []
  return experiments.flatMap(({ number, status, commit, runs }) => {
    const own = runs.filter(run => run.commit === commit && run.outcome === 'ok' && run.purpose !== 'confirm')
    const over = own.find(isOverBudget)
    if (over === undefined) return []
    const then = own.some(run => !isOverBudget(run))
      ? 'it was run again within them, and its value is of those runs'
      : own.length > 1
        ? 'so did its repeat, while other slots used the same device'
        : 'it may have trained longer, or have compiled or been evaluated longer than the baseline'
    const sentence = `In its first run it ${overBudgetText(over, budget)}: ${then}.`
    return [{ experiment: number, kept: status === 'keep', sentence }]
  })
}
