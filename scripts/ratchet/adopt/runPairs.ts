/** Runs an adopted branch and the session's baseline side by side, each pair on a seed that no run has had. */
import { type Excess, excessOfFinal } from '../../analysis/budget.ts'
import { runName } from '../../analysis/confirm/seeds.ts'
import { metricText } from '../../lib/format.ts'
import type { Run } from '../../record/schema.ts'
import { headOf, type State } from '../../record/state.ts'
import type { Pairs } from '../../stats/confirm.ts'
import { untilResumed } from '../control/pause.ts'
import { train } from '../train/train.ts'
import type { AdoptRunContext } from './context.ts'

/** First seed of these runs, above those of the loop and, in most sessions, of confirm. */
const firstAdoptSeed = 2001

/** A tree that is run: its commit, and the experiment in whose folder its files are. */
interface Side {
  name: 'baseline' | 'branch'
  experiment: number
  commit: string
}

/**
 * Runs until there are `pairs` pairs of this branch; those of an earlier call count. Ends early where a run fails.
 * @param tip the branch's last commit
 * @returns why there are fewer pairs; null when there are as many
 */
export async function runPairs(context: AdoptRunContext, tip: string, pairs: number): Promise<string | null> {
  const sides = sidesOf(context.state, tip)
  const finished = () => adoptPairs(context.state, tip).head.length
  // Counted anew each time: where the other run of a pair failed in an earlier call, completing it gives no pair.
  for (let done = finished(); done < pairs; done = finished()) {
    const why = await runPair(context, sides)
    if (why === 'interrupted') return `interrupted after ${done} of ${pairs} pairs`
    if (why !== null) return why
  }
  return null
}

/** Values of the pairs of runs that both the baseline and this commit made, pair by pair. */
export function adoptPairs(state: Pick<State, 'adoptRuns' | 'session' | 'experiments'>, tip: string): Pairs {
  const [baseline, branch] = sidesOf(state, tip)
  const pairs = runsOf(state, branch).flatMap(({ seed, metric }) => {
    const beside = runsOf(state, baseline).findLast(run => run.seed === seed && run.metric !== null)
    return metric === null || beside === undefined ? [] : [{ metric, baseline: beside.metric as number }]
  })
  return { baseline: pairs.map(pair => pair.baseline), head: pairs.map(pair => pair.metric) }
}

/** How much longer than the baseline the branch ran beside it, as confirm judges it; null where chance explains it. */
export function adoptExcess(state: Pick<State, 'adoptRuns' | 'session' | 'experiments'>, tip: string): Excess | null {
  const [ofBaseline, ofBranch] = sidesOf(state, tip).map(side => runsOf(state, side)) as [Run[], Run[]]
  const seeds = new Set(ofBranch.map(run => run.seed))
  const beside = ofBaseline.filter(run => seeds.has(run.seed)).map(run => ({ ...run, purpose: 'confirm' as const }))
  const earlier = (state.experiments[0]?.runs ?? []).filter(run => run.purpose !== 'confirm')
  // The first run of a new tree compiles.
  return excessOfFinal(state.session, [...earlier, ...beside], ofBranch.length > 1 ? ofBranch.slice(1) : ofBranch)
}

function sidesOf({ session, experiments }: Pick<State, 'session' | 'experiments'>, tip: string): [Side, Side] {
  return [
    { name: 'baseline', experiment: 0, commit: session.baseCommit },
    { name: 'branch', experiment: headOf({ experiments })?.number ?? 0, commit: tip },
  ]
}

const runsOf = ({ adoptRuns }: Pick<State, 'adoptRuns'>, { commit }: Side): Run[] =>
  [...adoptRuns.values()].flat().filter(run => run.commit === commit && run.outcome !== 'aborted')

/** Runs one pair, or the missing run of a pair that was interrupted. @returns why it is not complete; null when it is */
async function runPair(context: AdoptRunContext, sides: [Side, Side]): Promise<string | null> {
  const { state } = context
  const used = [...state.experiments.flatMap(e => e.runs), ...[...state.adoptRuns.values()].flat()].map(run => run.seed)
  const last = Math.max(firstAdoptSeed - 1, ...used)
  const missing = sides.filter(side => !runsOf(state, side).some(run => run.seed === last))
  const isHalf = missing.length === 1 && last >= firstAdoptSeed
  const seed = isHalf ? last : last + 1
  // ABBA order, as confirm has it: a drift of the machine affects both alike.
  const order = (seed - firstAdoptSeed) % 2 === 0 ? sides : sides.toReversed()
  for (const side of isHalf ? missing : order) {
    await untilResumed(context)
    if (context.interrupt.finish.aborted) return 'interrupted'
    const { name, experiment, commit } = side
    const run = await train(context, { experiment, commit, purpose: 'adopt', seed })
    const value = run.metric === null ? `${run.outcome}: ${run.why}` : metricText(run.metric, comparedValues(state))
    context.terminal.step('run', `${name} ${runName(state.session.seedUse, seed, run.k)}  ${value}`, run.seconds)
    if (run.outcome === 'aborted') return 'interrupted'
    if (run.metric === null) return `the run of the ${name} failed (${run.outcome}: ${run.why})`
  }
  return null
}

const comparedValues = ({ experiments }: Pick<State, 'experiments'>): number[] =>
  experiments.flatMap(e => (e.metric !== null && (e.number === 0 || e.status === 'keep') ? [e.metric] : []))
