/** What a replication found of each change that it ran. The one place that says so: terminal, report, pages and comparison. */
import type { Experiment, Metric, Session } from '../record/schema.ts'
import type { Confirmed } from '../stats/confirm.ts'
import type { Excess } from './budget.ts'
import { confirmedBetween, confirmRunsOf } from './confirm/confirmed.ts'
import { countConfirmRuns, overBudgetSentence } from './confirm/runs.ts'
import { rerunsEach } from './confirm/seeds.ts'
import { noiseOf, pairsOfSession } from './noise/noise.ts'
import { plusMinus } from './numbers.ts'

/** `failed`: its runs gave no value. */
export type ReplicationOutcome = 'confirmed' | 'not confirmed' | 'opposite' | 'did not apply' | 'failed'

/** What the runs of one experiment show. */
export interface Finding {
  outcome: ReplicationOutcome
  /** The gain in its runs beside the baseline's; null where it was not run, or nothing bounds the noise. */
  found: Confirmed | null
  /** Where it ran longer than the baseline, by more than chance explains: then it is not confirmed. */
  overBudget: Excess | null
}

export interface Replicated extends Finding {
  experiment: Experiment
  /** Whether it is all changes together. */
  isStack: boolean
}

type Judged = Pick<Session, 'metric' | 'noise' | 'contract' | 'budget' | 'readsBudget'>

/** The experiment of all changes together. */
export const stackNumber = 1

/** By number: a change that does not apply has its verdict first. Empty where the session is no replication. */
export function replicated(session: Judged & Pick<Session, 'replication'>, experiments: Experiment[]): Replicated[] {
  if (session.replication === undefined) return []
  return experiments
    .toSorted((a, b) => a.number - b.number)
    .flatMap(experiment =>
      experiment.replicates === undefined
        ? []
        : [{ experiment, isStack: experiment.number === stackNumber, ...findingOf(session, experiments, experiment) }],
    )
}

/** @param experiment with its runs and looks so far; it need not have a verdict */
export function findingOf(session: Judged, experiments: Experiment[], experiment: Experiment): Finding {
  if (experiment.status === 'conflict') return { outcome: 'did not apply', found: null, overBudget: null }
  if (confirmRunsOf(experiment).every(run => run.metric === null))
    return { outcome: 'failed', found: null, overBudget: null }
  const baseline = experiments.find(({ number }) => number === 0)
  const others = experiments.filter(({ number }) => number !== experiment.number && number !== 0)
  const beside = baseline && besideIt(baseline, experiment)
  const compared = beside ? [beside, ...others, experiment] : [...others, experiment]
  const { overBudget } = countConfirmRuns(session, compared, {
    experiment: experiment.number,
    commit: experiment.commit,
  })
  const [noise, pairs] = [noiseOf(session, experiments), pairsOfSession(session, experiments)]
  const found = confirmedBetween(beside, experiment, session.metric.goal, noise, pairs)
  const isOpen = overBudget !== null || found === null || found.verdict === 'inconclusive'
  return {
    outcome: isOpen ? 'not confirmed' : found.verdict === 'better' ? 'confirmed' : 'opposite',
    found,
    overBudget,
  }
}

/** An experiment's verdict in a line of the terminal: its status, or of a replication, which keeps nothing, what was found. */
export function verdictWord(
  session: Judged & Pick<Session, 'replication'>,
  experiments: Experiment[],
  experiment: Experiment,
): string {
  const { status, number } = experiment
  const hasVerdict = status === 'keep' || status === 'discard' || status === 'conflict'
  if (session.replication === undefined || !hasVerdict) return status
  return number === 0 ? 'ran' : findingOf(session, experiments, experiment).outcome
}

/**
 * The baseline with the runs that it made beside this experiment. All changes together may get further pairs, by what the
 * first ones showed: the baseline's runs in those say nothing of a change that was not run in them.
 */
export function besideIt(baseline: Experiment, experiment: Experiment): Experiment {
  const seeds = new Set(confirmRunsOf(experiment).map(({ seed }) => seed))
  return { ...baseline, runs: baseline.runs.filter(({ purpose, seed }) => purpose !== 'confirm' || seeds.has(seed)) }
}

/** The outcome as a sentence, which becomes the experiment's reason: "Confirmed here: val_bpb −0.012 ± 0.004 …". */
export function findingText(
  { outcome, found, overBudget }: Finding,
  { metric, seedUse }: { metric: Metric; seedUse: Session['seedUse'] },
): string {
  if (overBudget !== null) return `Not confirmed here: ${overBudgetSentence(overBudget)}`
  if (found === null) return 'Not confirmed here: too few of its runs gave a value for an interval.'
  const zero = found.verdict === 'inconclusive' ? ', which includes zero' : ''
  const gain = `${metric.name} ${plusMinus(found, metric)} (95% interval, ${rerunsEach(seedUse ?? { use: 'unknown' }, found.seeds)})${zero}`
  return `${outcomeHeads[outcome]}: ${gain}.`
}

const outcomeHeads: Record<ReplicationOutcome, string> = {
  confirmed: 'Confirmed here',
  'not confirmed': 'Not confirmed here',
  opposite: 'The opposite here',
  'did not apply': 'Did not apply here',
  failed: 'Failed here',
}
