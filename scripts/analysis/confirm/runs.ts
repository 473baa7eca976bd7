/** How many runs confirm made of baseline and final, and how many of them gave no value. Pure. */
import { z } from 'zod'
import { plural } from '../../lib/text.ts'
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
})
export type ConfirmRuns = z.infer<typeof confirmRunsSchema>

export function countConfirmRuns(
  experiments: Experiment[],
  final: Pick<FinalFacts, 'experiment' | 'commit'> | null,
): ConfirmRuns {
  const head = experiments.find(e => e.number === final?.experiment)
  const compared = head && final ? [experiments.find(e => e.number === 0), { ...head, commit: final.commit }] : []
  const runs = compared.flatMap(experiment => lastOfEachSeed(confirmRunsOf(experiment)))
  const interrupted = runs.filter(run => run.outcome === 'aborted').length
  const failed = runs.filter(run => run.metric === null).length - interrupted
  return { runs: runs.length, failed, interrupted }
}

/** An interrupted run is made again on the same seed; then only the later one counts. */
const lastOfEachSeed = (runs: Run[]): Run[] =>
  runs.filter((run, i) => run.outcome !== 'aborted' || !runs.slice(i + 1).some(later => later.seed === run.seed))

/** "1 of 4 confirmation runs was interrupted"; "" where all gave a value. */
export function lostRunsText({ runs, failed, interrupted }: ConfirmRuns): string {
  const lost = failed + interrupted
  if (lost === 0) return ''
  const of = `${lost} of ${plural(runs, 'confirmation run')}`
  if (failed > 0 && interrupted > 0) return `${of} gave no value: ${failed} failed, ${interrupted} interrupted`
  return `${of} ${interrupted > 0 ? (lost === 1 ? 'was interrupted' : 'were interrupted') : 'failed'}`
}
