/** Runs that took longer than budget and overhead explain. Pure. */
import type { Run } from './schema.ts'

type Timed = Pick<Run, 'seconds' | 'allowedSeconds'>

/** Whether a run took longer than it may. Where what it may take is not known, it did not. */
export const isOverBudget = ({ seconds, allowedSeconds }: Timed): boolean =>
  allowedSeconds !== undefined && seconds > allowedSeconds

/** Metrics of the runs; those of runs over budget only where there are no others. */
export function valuesWithin(runs: Run[]): number[] {
  const measured = runs.filter(run => run.metric !== null)
  const within = measured.filter(run => !isOverBudget(run))
  return (within.length > 0 ? within : measured).map(run => run.metric as number)
}

/** "ran 6.1 s of 1 s" @param budget training seconds of a run */
export const ranText = ({ seconds }: Pick<Run, 'seconds'>, budget: number): string =>
  `ran ${secondsText(seconds)} of ${secondsText(budget)}`

/** "ran 6.1 s of 1 s, at most 1.6 s with start-up and evaluation" */
export const overBudgetText = (run: Timed, budget: number): string =>
  `${ranText(run, budget)}, at most ${secondsText(run.allowedSeconds ?? budget)} with start-up and evaluation`

/** "6.13 s", "326 s": two texts of one sentence have the same unit, so that they compare. */
export const secondsText = (seconds: number): string =>
  `${seconds >= 100 ? Math.round(seconds) : Number(seconds.toPrecision(3))} s`
