/** Pairs: the runs that a candidate and its head made side by side, on the same seed. Pure. */
import { change } from '../lib/format.ts'
import type { Experiment, Metric, Run, Session } from './schema.ts'

/** Whether the session's contract says `judge: paired`. */
export const isPaired = ({ contract }: Pick<Session, 'contract'>): boolean => contract.judge === 'paired'

export interface Pair {
  candidate: number
  head: number
}

/**
 * The finished pairs of a candidate, in order, and the run that waits for its partner. A run whose partner was not made
 * counts for nothing: after a long interruption the pair is made anew.
 *
 * @param runs of its experiment, in order; those before the commit's first run belong to an earlier tree of it
 */
export function pairsIn(runs: Run[], commit: string | null): { pairs: Pair[]; half: Run | null } {
  const isOwn = (run: Run) => run.commit === commit && (run.purpose === 'candidate' || run.purpose === 'repeat')
  const first = runs.findIndex(isOwn)
  const pairs: Pair[] = []
  let half: Run | null = null
  for (const run of first < 0 ? [] : runs.slice(first)) {
    if (run.metric === null || !(isOwn(run) || run.purpose === 'opponent')) continue
    if (half === null || isOwn(half) === isOwn(run) || half.seed !== run.seed) {
      half = run
      continue
    }
    const [candidate, head] = (isOwn(run) ? [run.metric, half.metric] : [half.metric, run.metric]) as [number, number]
    pairs.push({ candidate, head })
    half = null
  }
  return { pairs, half }
}

/** Gains of the pairs; positive is better. */
export const gainsOfPairs = (pairs: Pair[], goal: Metric['goal']): number[] =>
  pairs.map(({ candidate, head }) => change(candidate - head, goal) + 0)

/** Gains of the pairs of each experiment that has any. */
export const pairGroups = (experiments: Pick<Experiment, 'runs' | 'commit'>[], goal: Metric['goal']): number[][] =>
  experiments.map(e => gainsOfPairs(pairsIn(e.runs, e.commit).pairs, goal)).filter(group => group.length > 0)
