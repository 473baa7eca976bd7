/** How many runs confirm made of baseline and final, and how many of them gave no value. Pure. */
import { median } from 'simple-statistics'
import { z } from 'zod'
import { plural } from '../../lib/text.ts'
import { isOverBudget, ranText } from '../../record/overBudget.ts'
import type { Experiment, Run } from '../../record/schema.ts'
import { confirmRunsOf } from './confirmed.ts'
import type { FinalFacts } from './final.ts'

const count = z.number().int().nonnegative()

export const confirmRunsSchema = z.object({
  /** All of them, without those that were interrupted and made again. */
  runs: count,
  failed: count,
  /** Ended by Ctrl-C, a kill or a stop, and not made again. */
  interrupted: count,
  /** Median wall time of each side's runs that were not interrupted; null before both have one. */
  seconds: z
    .object({
      baseline: z.number(),
      final: z.number(),
      /** Training seconds of a run; null where runs are not held to them. */
      budget: z.number().nullable(),
    })
    .nullable(),
  /** The final's runs that took longer than they may, where they are most of its runs; null otherwise. */
  overBudget: z
    .object({
      runs: count,
      of: count,
      /** Median wall time of these runs, and the budget. */
      seconds: z.number(),
      budget: z.number(),
    })
    .nullable(),
})
export type ConfirmRuns = z.infer<typeof confirmRunsSchema>

/** @param budget training seconds of a run; null where it is not known */
export function countConfirmRuns(
  experiments: Experiment[],
  final: Pick<FinalFacts, 'experiment' | 'commit'> | null,
  budget: number | null,
): ConfirmRuns {
  const head = experiments.find(e => e.number === final?.experiment)
  const compared = head && final ? [experiments.find(e => e.number === 0), { ...head, commit: final.commit }] : []
  const sides = compared.map(experiment => lastOfEachSeed(confirmRunsOf(experiment)))
  const runs = sides.flat()
  const interrupted = runs.filter(run => run.outcome === 'aborted').length
  const failed = runs.filter(run => run.metric === null).length - interrupted
  const [baseline = [], ofFinal = []] = sides.map(side => side.filter(run => run.outcome !== 'aborted'))
  return {
    runs: runs.length,
    failed,
    interrupted,
    seconds:
      baseline.length > 0 && ofFinal.length > 0
        ? {
            baseline: medianSeconds(baseline),
            final: medianSeconds(ofFinal),
            budget: ofFinal.some(run => run.allowedSeconds !== undefined) ? budget : null,
          }
        : null,
    overBudget: budget === null ? null : mostOverBudget(ofFinal, budget),
  }
}

const medianSeconds = (runs: Run[]): number => median(runs.map(run => run.seconds))

/** A single slow run may be the machine's; most of the runs are the code's. */
function mostOverBudget(runs: Run[], budget: number): ConfirmRuns['overBudget'] {
  const over = runs.filter(isOverBudget)
  if (over.length === 0 || 2 * over.length <= runs.length) return null
  return { runs: over.length, of: runs.length, seconds: medianSeconds(over), budget }
}

/** "The final ran 6.1 s of 1 s in 3 of 3 confirmation runs: …" */
export const overBudgetSentence = (over: NonNullable<ConfirmRuns['overBudget']>): string =>
  `The final ${ranText(over, over.budget)} in ${over.runs} of ${plural(over.of, 'confirmation run')}: it trained longer than the baseline, or its start-up and evaluation take much longer.`

/** An interrupted run is made again on the same seed; then only the later one counts. */
const lastOfEachSeed = (runs: Run[]): Run[] =>
  runs.filter((run, i) => run.outcome !== 'aborted' || !runs.slice(i + 1).some(later => later.seed === run.seed))

/** "1 of 4 confirmation runs was interrupted"; "" where all gave a value. */
export function lostRunsText({
  runs,
  failed,
  interrupted,
}: Pick<ConfirmRuns, 'runs' | 'failed' | 'interrupted'>): string {
  const lost = failed + interrupted
  if (lost === 0) return ''
  const of = `${lost} of ${plural(runs, 'confirmation run')}`
  if (failed > 0 && interrupted > 0) return `${of} gave no value: ${failed} failed, ${interrupted} interrupted`
  return `${of} ${interrupted > 0 ? (lost === 1 ? 'was interrupted' : 'were interrupted') : 'failed'}`
}
