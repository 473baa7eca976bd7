/** How many runs confirm made of baseline and final, and how many of them gave no value. Pure. */
import { mean } from 'simple-statistics'
import { z } from 'zod'
import { plural } from '../../lib/text.ts'
import { ranText, secondsText } from '../../record/overBudget.ts'
import type { Experiment, Run, Session } from '../../record/schema.ts'
import { type Excess, excessOfFinal } from '../budget.ts'
import { confirmRunsOf } from './confirmed.ts'
import type { FinalFacts } from './final.ts'

const count = z.number().int().nonnegative()

export const confirmRunsSchema = z.object({
  /** All of them, without those that were interrupted and made again. */
  runs: count,
  failed: count,
  /** Ended by Ctrl-C, a kill or a stop, and not made again. */
  interrupted: count,
  /** Mean wall time of each side's runs with a value; null before both have one. */
  seconds: z.object({ baseline: z.number(), final: z.number() }).nullable(),
  /** Where the final ran longer than the baseline, and by more than chance explains; else null. */
  overBudget: z
    .object({ final: z.number(), baseline: z.number(), allowed: z.number(), budget: z.number() })
    .nullable() satisfies z.ZodType<Excess | null>,
})
export type ConfirmRuns = z.infer<typeof confirmRunsSchema>

export function countConfirmRuns(
  session: Pick<Session, 'budget' | 'readsBudget'>,
  experiments: Experiment[],
  final: Pick<FinalFacts, 'experiment' | 'commit'> | null,
): ConfirmRuns {
  const [baseline, head] = [0, final?.experiment].map(number => experiments.find(e => e.number === number))
  const compared = head && final ? [baseline, { ...head, commit: final.commit }] : []
  const [ofBaseline = [], ofFinal = []] = compared.map(experiment => lastOfEachSeed(confirmRunsOf(experiment)))
  const runs = [...ofBaseline, ...ofFinal]
  const interrupted = runs.filter(run => run.outcome === 'aborted').length
  const failed = runs.filter(run => run.metric === null).length - interrupted
  // The first run of a pruned head compiles.
  const isNew = !head?.runs.some(run => run.commit === final?.commit && run.purpose !== 'confirm')
  const [a, b] = [ofBaseline, ofFinal].map(meanSeconds) as [number | null, number | null]
  return {
    runs: runs.length,
    failed,
    interrupted,
    seconds: a === null || b === null ? null : { baseline: a, final: b },
    overBudget: excessOfFinal(session, baseline?.runs ?? [], isNew && ofFinal.length > 1 ? ofFinal.slice(1) : ofFinal),
  }
}

function meanSeconds(runs: Run[]): number | null {
  const measured = runs.filter(run => run.metric !== null)
  return measured.length === 0 ? null : mean(measured.map(run => run.seconds))
}

/** "ran 6.1 s of 1 s" */
export const ranLonger = ({ final, budget }: Excess): string => ranText({ seconds: final }, budget)

/** The reason why the final is not confirmed: a sentence or two. */
export const overBudgetSentence = (excess: Excess): string =>
  `The final ${ranLonger(excess)}, and the baseline ${secondsText(excess.baseline)}; chance explains ${secondsText(excess.allowed)}. It trained longer, or its start-up and evaluation take longer.`

/** An interrupted run is made again on the same seed; then only the later one counts. */
const lastOfEachSeed = (runs: Run[]): Run[] =>
  runs.filter((run, i) => run.outcome !== 'aborted' || !runs.slice(i + 1).some(later => later.seed === run.seed))

/** Confirm runs of baseline and final with a value. */
export const measuredRuns = ({ runs, failed, interrupted }: ConfirmRuns): number => runs - failed - interrupted

/** Whether one side has more runs with a value than the other, since runs were lost. @param seeds the smaller number */
export const isUneven = (confirmRuns: ConfirmRuns, seeds: number): boolean => measuredRuns(confirmRuns) > 2 * seeds

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
