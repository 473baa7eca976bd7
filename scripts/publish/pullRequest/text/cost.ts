/** What a run costs with the change: time and memory, as far as they are recorded of the same code. Pure. */
import { mean } from 'simple-statistics'
import { overBudgetSentence } from '../../../analysis/confirm/runs.ts'
import { secondsText } from '../../../record/overBudget.ts'
import type { Check, Facts } from './facts.ts'

export function costChecks(facts: Facts): Check[] {
  const { adopted } = facts.proposal
  if (adopted !== null && !adopted.adoption.isConfirmedCode)
    return [['Not checked', 'time and memory of a run with this choice of changes.']]
  return [timeCheck(facts), memoryCheck(facts)]
}

/** A run that trains longer is better for that reason alone. */
function timeCheck({ input }: Facts): Check {
  const { seconds, overBudget } = input.digest.confirmRuns
  if (overBudget !== null) return ['Not passed', `a run takes no longer than before. ${overBudgetSentence(overBudget)}`]
  if (seconds === null) return ['Not checked', 'whether a run takes longer than before.']
  const times = `a whole run of the command took ${secondsText(seconds.baseline)} before and ${secondsText(seconds.final)} with the change, on average`
  const { readsBudget, budget } = input.session
  return readsBudget && budget !== null
    ? ['Passed', `it trains no longer than before: ${times}, both with ${secondsText(budget)} of training.`]
    : ['Note', `${times}.`]
}

/** By the runs after the search, each of which reported its peak. */
function memoryCheck({ input }: Facts): Check {
  const { session, digest, experiments } = input
  const runs = experiments.flatMap(e => e.runs).filter(run => run.purpose === 'confirm' && run.outcome === 'ok')
  const [before, after] = [session.baseCommit, digest.final?.commit].map(commit => {
    const peaks = runs.flatMap(run => (run.commit === commit ? (run.summary.peak_vram_mb ?? []) : []))
    return peaks.length === 0 ? null : `${(mean(peaks) / 1024).toFixed(1)} GB`
  })
  return before && after
    ? [
        'Note',
        `at its peak a run used ${before} of memory before and ${after} with the change (peak_vram_mb), on average.`,
      ]
    : ['Not checked', 'memory: the runs before and after did not report their peak.']
}
