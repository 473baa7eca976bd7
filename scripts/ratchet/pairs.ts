/** Paired runs: how many pairs an experiment has, which run comes next, and what the pairs decide. Pure. */
import { mean } from 'simple-statistics'
import { noiseOfPairs } from '../analysis/noise/noise.ts'
import { change } from '../lib/format.ts'
import type { Contract } from '../program/contract.ts'
import type { Candidate } from '../record/journal.ts'
import { gainsOfPairs, isPaired, pairsIn } from '../record/pairs.ts'
import type { Experiment, OwnDecision, OwnExperiment, Run } from '../record/schema.ts'
import type { State } from '../record/state.ts'
import { isHopeless, pairedGain } from '../stats/paired.ts'
import { type DecisionInput, decide } from './decide.ts'
import { firstSeed, type RunOrder } from './runOrder.ts'

/** Four are two rounds of candidate, head, head, candidate, and the fewest from which an outlier is left out. */
export const minPairs = 4
/** More pairs find smaller gains than one would ask for. */
const maxPairs = 20

/** Pairs that the budget holds, in whole rounds of two. @param runSeconds wall time of one run */
export function pairsInBudget(budget: number, runSeconds: number): number {
  const rounds = Math.floor(budget / (4 * Math.max(runSeconds, 1e-3)))
  return Math.min(maxPairs, Math.max(minPairs, 2 * rounds))
}

/** Pairs of each experiment of a session: by the baseline's first run, so that it stays the same over the session. */
export function pairsPlanned(
  { budget }: Pick<Contract, 'budget'>,
  { experiments }: Pick<State, 'experiments'>,
): number {
  const first = experiments[0]?.runs.find(run => run.outcome === 'ok')
  return first ? pairsInBudget(budget, first.seconds) : minPairs
}

/** The pair that a candidate is at, from 1; null outside a paired session, and for runs of judged experiments. */
export function pairUnderWay(state: State, experiment: number): { number: number; of: number } | null {
  const candidate = state.pending.get(experiment)
  if (!candidate || !isPaired(state.session)) return null
  const { pairs } = pairsIn(state.open.get(experiment) ?? [], candidate.commit)
  const of = pairsPlanned(state.session, state)
  return { number: Math.min(of, pairs.length + 1), of }
}

/** Pairs that confirm makes; in a paired session as many as an experiment at least. @param asked 0: confirm is left out */
export const pairsOfConfirm = (asked: number, contract: Contract, state: State): number =>
  contract.judge === 'paired' && asked > 0 ? Math.max(asked, pairsPlanned(contract, state)) : asked

/** Seconds that may lie between the two runs of a pair, if a run does not take longer. */
const maxGapSeconds = 60

/**
 * The next run of a pair: the partner of the run that waits for one, else the first run of the next pair. The order is
 * candidate, head, head, candidate (ABBA): a steady drift cancels out. Both runs of a pair have the same seed.
 */
export function nextOfPair(
  { number, commit, parent }: Candidate,
  finishedPairs: number,
  half: Run | null,
  { state, slots }: { state: State; slots: readonly unknown[] },
): RunOrder {
  const waits = half !== null && isStillBeside(half, state, slots.length) ? half : null
  const isHead = waits ? waits.purpose !== 'opponent' : finishedPairs % 2 === 1
  const seed = firstSeed + finishedPairs
  if (isHead) return { experiment: number, commit: parent.commit, purpose: 'opponent', seed }
  const ran = (state.open.get(number) ?? []).some(run => run.commit === commit)
  return { experiment: number, commit, purpose: ran ? 'repeat' : 'candidate', seed }
}

/**
 * Whether a run that would follow now is side by side with this one: not where the session was interrupted or paused
 * meanwhile for longer than a run takes, nor where it may go on in another slot.
 */
function isStillBeside(half: Run, { continuedAt }: State, slots: number): boolean {
  if (continuedAt === null) return true
  const gap = (Date.parse(continuedAt) - Date.parse(half.startedAt)) / 1000 - half.seconds
  return slots === 1
    ? gap <= Math.max(maxGapSeconds, half.seconds)
    : Date.parse(continuedAt) < Date.parse(half.startedAt)
}

/** Failures of the head in a row, beside one candidate, after which the candidate is not measured. */
const maxHeadFailures = 3

/** The verdict where the head's own run was aborted or failed again and again; null where it did not. */
export function headFailure(runs: Run[]): Pick<OwnExperiment, 'status' | 'reason'> | null {
  const last = runs.at(-1)
  if (last?.purpose !== 'opponent' || last.outcome === 'ok') return null
  if (last.outcome === 'aborted') return { status: 'aborted', reason: `Aborted: ${last.why ?? 'no metric'}.` }
  const failed = runs.length - 1 - runs.findLastIndex(run => run.purpose !== 'opponent' || run.outcome === 'ok')
  return failed < maxHeadFailures
    ? null
    : {
        status: 'aborted',
        reason: `Aborted: beside it the head failed ${failed} times in a row (${last.why ?? last.outcome}), so the machine is likely at fault.`,
      }
}

/** A candidate as its pairs are judged. */
type Paired = Pick<Candidate, 'commit' | 'linesAdded' | 'linesRemoved'> & {
  parent: Pick<Candidate['parent'], 'number'>
  /** All runs of its experiment, those of the head beside it included. */
  runs: Run[]
}

/**
 * Decides once all planned pairs are made, or once more of them are useless; `decision` is null until then.
 * @param experiments judged before, in order: σ comes from the pairs of all
 */
export function judgePairs(
  experiments: Experiment[],
  candidate: Paired,
  planned: number,
  { goal, policy, among }: Pick<DecisionInput, 'goal' | 'policy' | 'among'>,
): { decision: OwnDecision | null; finished: number; half: Run | null } {
  const { pairs, half } = pairsIn(candidate.runs, candidate.commit)
  const finished = pairs.length
  const gains = gainsOfPairs(pairs, goal)
  // Only losses end an experiment early.
  if (finished < 2 || (finished < planned && gains.some(gain => gain >= 0))) return { decision: null, finished, half }
  const noise = noiseOfPairs(goal, [...experiments, candidate])
  const head = mean(pairs.map(pair => pair.head))
  const loss = lossSinceBest(experiments, candidate.parent.number)
  const decision = decide({
    goal,
    policy,
    candidate: pairs.map(pair => pair.candidate),
    head,
    // The best as it would be measured now: as much better than the head as the changes kept since were worse.
    best: head + change(loss, goal),
    pairs: pairedGain(gains, noise),
    sigma: noise?.sigma ?? null,
    linesAdded: candidate.linesAdded,
    linesRemoved: candidate.linesRemoved,
    ...(among && { among }),
  })
  // A member that waited was measured when σ was another.
  const isDone = among?.isBest === false || finished >= planned || isHopeless(gains, decision.needed, noise)
  return { decision: isDone ? decision : null, finished, half }
}

/** How much worse than the best of the kept changes so far this one is, by their gains; values of other times do not count. */
function lossSinceBest(experiments: Pick<Experiment, 'number' | 'status' | 'decision'>[], until: number): number {
  let [total, best] = [0, 0]
  for (const { number, status, decision } of experiments) {
    if (status === 'keep') total += decision?.gain ?? 0
    best = Math.max(best, total)
    if (number === until) break
  }
  return best - total
}
