/**
 * The rounds of a replication: on each seed the baseline and all sides run once, in the reverse order of the round before, so
 * that a steady drift of the machine is in all alike. After the planned rounds the whole stack alone gets further pairs while
 * it is inconclusive. What comes next follows from the recorded runs, so a resumed session takes the same steps. Pure.
 */

import { confirmedSideBySide, confirmPairs, confirmRunsOf } from '../../analysis/confirm/confirmed.ts'
import { type Finding, findingOf, stackNumber } from '../../analysis/replicated.ts'
import type { Candidate } from '../../record/journal.ts'
import { isPaired } from '../../record/pairs.ts'
import type { Experiment, Look, Run } from '../../record/schema.ts'
import type { State } from '../../record/state.ts'
import { pairsOf } from '../../stats/confirm.ts'
import { extraPairs } from '../../stats/sequential.ts'
import type { RunOrder } from '../runOrder.ts'

/** Seed of the first round, as in confirm. */
const firstRoundSeed = 1001

export type Step =
  | { kind: 'run'; order: RunOrder }
  /** The experiment has all the runs that it gets. */
  | { kind: 'judge'; experiment: Experiment; finding: Finding }
  | { kind: 'done' }

/** @param rounds planned rounds */
export function nextStep(state: State, rounds: number): Step {
  const sides = [...state.pending.values()].sort((a, b) => a.number - b.number).map(side => asExperiment(state, side))
  const failed = sides.find(hasFailed)
  if (failed) return { kind: 'judge', experiment: failed, finding: findingOf(state.session, state.experiments, failed) }
  const [first] = sides
  if (first === undefined) return { kind: 'done' }
  const planned = nextRun(state, sides, 1, rounds)
  if (planned) return { kind: 'run', order: planned }
  if (first.number !== stackNumber) return judged(state, first, rounds, rounds)
  let last = rounds
  for (let extra = extraPairs(rounds, 0); extra > 0 && !isDecided(judged(state, first, rounds, last)); extra--) {
    last++
    const order = nextRun(state, [first], last, last)
    if (order) return { kind: 'run', order }
  }
  return judged(state, first, rounds, last)
}

/** The first run that is missing in these rounds. */
function nextRun(state: State, sides: Experiment[], from: number, to: number): RunOrder | null {
  const baseline = state.experiments.find(({ number }) => number === 0)
  if (!baseline) return null
  for (let round = from; round <= to; round++) {
    const seed = firstRoundSeed + round - 1
    const all = [baseline, ...sides]
    for (const { number, commit, runs } of round % 2 === 1 ? all : all.toReversed())
      if (!runs.some(run => isOfRound(run, seed)))
        return { experiment: number, commit: commit ?? '', purpose: 'confirm', seed }
  }
  return null
}

/** Whether a run on this seed ended by itself. */
const isOfRound = ({ purpose, seed, outcome }: Run, wanted: number): boolean =>
  purpose === 'confirm' && seed === wanted && outcome !== 'aborted'

/** Whether its first run gave no value: what does not run is not run again. */
function hasFailed(side: Experiment): boolean {
  const [first] = confirmRunsOf(side).filter(run => run.outcome !== 'aborted')
  return first !== undefined && first.metric === null
}

/** A candidate as an experiment with the runs that it has so far. */
function asExperiment(state: State, { revision: _, reworked: __, ...candidate }: Candidate): Experiment {
  const planned = state.session.replication?.plan?.[candidate.number - 1]
  return {
    ...candidate,
    status: 'discard',
    reason: '',
    metric: null,
    memoryMb: null,
    decision: null,
    endedAt: null,
    runs: state.open.get(candidate.number) ?? [],
    ...(planned && { replicates: { experiments: planned.experiments } }),
  }
}

/** The experiment by its runs of the rounds up to `last`, each round from the planned ones on being a look. */
function judged(state: State, side: Experiment, rounds: number, last: number): Step & { kind: 'judge' } {
  const baseline = state.experiments.find(({ number }) => number === 0)
  const looks: Look[] = []
  for (let round = rounds; round <= last; round++) {
    const [first, second] = [baseline, side].map(each => each && until(each, round))
    const pairs = pairsOf(
      isPaired(state.session) ? confirmedSideBySide(first, second) : confirmPairs(first, second, 'metric'),
    )
    if (pairs > (looks.at(-1)?.pairs ?? 0))
      looks.push({ purpose: 'confirm', head: side.number, commit: side.commit, pairs, why: null, call: 1 })
  }
  const experiment = { ...until(side, last), ...(looks.length > 0 && { looks }) }
  const others = state.experiments.filter(({ number }) => number !== 0)
  const seen = baseline ? [until(baseline, last), ...others] : others
  return { kind: 'judge', experiment, finding: findingOf(state.session, seen, experiment) }
}

/** Without the confirm runs of later rounds. */
const until = (experiment: Experiment, round: number): Experiment => ({
  ...experiment,
  runs: experiment.runs.filter(({ purpose, seed }) => purpose !== 'confirm' || seed < firstRoundSeed + round),
})

/** Whether more pairs are useless: the test is decided, all values are equal, or it is not confirmed whatever they show. */
function isDecided({ finding: { found, overBudget } }: Step & { kind: 'judge' }): boolean {
  if (overBudget !== null) return true
  if (found === null) return false
  return found.verdict !== 'inconclusive' || found.interval[0] === found.interval[1]
}
