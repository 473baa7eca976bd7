/** Experiments whose first run took longer than budget and overhead explain, and was not judged by it. Pure. */
import { z } from 'zod'
import { isOverBudget, overBudgetText } from '../record/overBudget.ts'
import type { Experiment } from '../record/schema.ts'

export const overBudgetSchema = z.object({
  experiment: z.number().int().nonnegative(),
  /** Whether it was kept, and by runs that took no longer than they may. */
  kept: z.boolean(),
  /** "In its first run it ran 15.6 s of 8 s, at most 11 s with start-up and evaluation: …" */
  sentence: z.string(),
})
export type OverBudgetWarning = z.infer<typeof overBudgetSchema>

/** @param budget training seconds of a run; null where it is not known */
export function overBudgetWarnings(experiments: Experiment[], budget: number | null): OverBudgetWarning[] {
  if (budget === null) return []
  return experiments.flatMap(({ number, status, commit, runs }) => {
    const own = runs.filter(run => run.commit === commit && run.purpose !== 'confirm')
    const over = own.find(run => run.outcome === 'ok' && isOverBudget(run))
    if (over === undefined) return []
    const within = own.find(run => run.outcome === 'ok' && !isOverBudget(run))
    const ran = `In its first run it ${overBudgetText(over, budget)}`
    const then = within
      ? 'it was run again within them, and its value is of those runs'
      : status === 'keep'
        ? 'it may have trained longer'
        : 'it may have trained longer, or have compiled or been evaluated longer than the baseline'
    return [{ experiment: number, kept: status === 'keep', sentence: `${ran}: ${then}.` }]
  })
}
