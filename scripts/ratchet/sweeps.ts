/**
 * Sweeps: which members there are, and which of them is the best. A set is judged once all its members are measured: only
 * the best can be kept, and what its choice gains by chance counts against it. Pure: a resumed session takes the same step.
 */
import { standardDeviation } from 'simple-statistics'
import { noiseOfPairs } from '../analysis/noise/noise.ts'
import type { Candidate } from '../record/journal.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment, OwnDecision, Run } from '../record/schema.ts'
import { findExperiment, type State, sessionMetrics } from '../record/state.ts'
import type { Among } from '../record/sweep.ts'
import { selectionAllowance } from '../stats/selection.ts'

/** The members of a set, each in order. */
export interface Members {
  pending: Candidate[]
  judged: Experiment[]
}

type Sweeping = Pick<State, 'session' | 'pending' | 'experiments' | 'open' | 'running'>

/** All members of a sweep. @param first number of its first */
export function membersOf({ pending, experiments }: Pick<State, 'pending' | 'experiments'>, first: number): Members {
  const isMember = ({ sweep }: Pick<Candidate, 'sweep'>) => sweep?.first === first
  return { pending: [...pending.values()].filter(isMember), judged: experiments.filter(isMember) }
}

/** Numbers of the first members of the sweeps that have a member without a verdict. */
export const openSweeps = ({ pending }: Pick<State, 'pending'>): number[] => [
  ...new Set([...pending.values()].flatMap(({ sweep }) => sweep?.first ?? [])),
]

/** Whether a member may have a value already, or gets one: its set stays on the head that it was made for. */
export function startedOn({ experiments, open, running }: Sweeping, { pending, judged }: Members): number | null {
  const isRunning = (number: number) => [...running.values()].some(run => run.experiment === number)
  const started = [
    ...judged.filter(e => e.runs.length > 0),
    ...pending.filter(({ number }) => (open.get(number)?.length ?? 0) > 0 || isRunning(number)),
  ]
  const on = started[0]?.parent?.number
  return on !== undefined && experiments.some(e => e.number === on) ? on : null
}

/** A member with the decision that its runs alone would give it. */
export interface Measured {
  candidate: Pick<Candidate, 'number' | 'commit'>
  decision: Pick<OwnDecision, 'gain' | 'needed' | 'pairs'>
}

/** The best: whose gain exceeds what it needs by most; of equal ones the first. @param measured at least one */
export const bestOfSweep = (measured: Measured[]): number =>
  measured.reduce((best, each) => (surplus(each) > surplus(best) ? each : best)).candidate.number

const surplus = ({ decision: { gain, needed } }: Measured): number => gain - needed

/** The best that earlier verdicts of the set name; null before the first of them. */
export const chosenBest = ({ judged }: Members): number | null =>
  judged.find(e => e.decision?.among)?.decision?.among?.best ?? null

/**
 * What the verdicts of a set take into account.
 * @param measured the members without a verdict that have a value
 * @param runs of the member that is judged, of which the choice saw the first
 */
export function amongOf(state: Sweeping, members: Members, measured: Measured[], best: number, runs: number): Among {
  const earlier = members.judged.filter(e => e.decision?.among)
  const count = measured.length + earlier.length
  const gains = [...measured, ...earlier].flatMap(({ decision }) => decision?.gain ?? [])
  const ofBest = measured.find(({ candidate }) => candidate.number === best)?.decision ?? earlier[0]?.decision
  const noise = noiseIn(state, members) ?? spreadOf(gains, ofBest?.pairs?.count)
  const choice = ofBest?.pairs
    ? { sigma: noise.sigma * Math.sqrt(2 / ofBest.pairs.count), headRuns: Number.POSITIVE_INFINITY, runs: 1 }
    : { sigma: noise.sigma, headRuns: headRunsOf(state, members), runs }
  return { measured: count, best, allowance: selectionAllowance({ among: count, df: noise.df, ...choice }) }
}

function noiseIn({ session, experiments, open }: Sweeping, { pending }: Members) {
  if (!isPaired(session)) return session.noise
  const own = pending.map(({ number, commit }) => ({ runs: open.get(number) ?? [], commit }))
  return noiseOfPairs(session.metric.goal, [...experiments, ...own])
}

/** Without σ, the spread of the set's own values stands for it: effects make it larger, so it keeps no more. */
function spreadOf(gains: number[], pairs: number | undefined): { sigma: number; df: number } {
  if (gains.length < 2) return { sigma: 0, df: 1 }
  // As of one run: a mean of pairs varies by σ·√(2/n).
  return {
    sigma: standardDeviation(gains) * Math.sqrt((gains.length / (gains.length - 1)) * ((pairs ?? 2) / 2)),
    df: gains.length - 1,
  }
}

function headRunsOf(state: Sweeping, { pending, judged }: Members): number {
  const parent = (pending[0] ?? judged[0])?.parent?.number
  const head = parent === undefined ? undefined : findExperiment(state as State, parent)
  return Math.max(1, head === undefined ? 1 : sessionMetrics(head).length)
}

/** Whether the candidate was rebased after it was chosen: the value that is judged then was not seen by the choice. */
export const isFresh = (runs: Run[], commit: string): boolean =>
  runs.some(run => run.commit !== commit && run.metric !== null && run.purpose !== 'opponent')

/** Members that are measured and have no verdict. */
export const waitingMembers = ({ pending, open }: Pick<State, 'pending' | 'open'>): number =>
  [...pending.values()].filter(
    ({ number, sweep }) => sweep && (open.get(number) ?? []).some(run => run.metric !== null),
  ).length
