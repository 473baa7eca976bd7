/**
 * Simulates a session: the real decision rule and the harness's schedule of repeats, with several slots, on changes whose
 * true effects are known. It leaves the records that a session leaves, so that the program's own analysis reads them.
 */
import { loopNoise, noiseOfPairs } from '../../scripts/analysis/noise/noise.ts'
import { decide, type Policy } from '../../scripts/ratchet/decide.ts'
import { judgePairs } from '../../scripts/ratchet/pairs.ts'
import { baselineSeedsDue } from '../../scripts/ratchet/train/repeats.ts'
import type { Experiment, Metric, Noise, Run } from '../../scripts/record/schema.ts'
import { meanMetric, sessionMetrics } from '../../scripts/record/state.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type Change, experimentOf, runOf, timeAt } from './records.ts'

export interface Setup {
  /** Draws the change of experiment `i`, from 1. */
  draw(random: Random, i: number): Change
  /** Experiments, the baseline not counted. */
  experiments: number
  /** Runs after which no further candidate begins; unlimited by default. */
  maxRuns?: number
  slots: number
  /** Standard deviation of one run. */
  sigma: number
  /** Runs of the baseline; the default of program.md is 3. */
  seeds: number
  policy: Policy
  /**
   * Noise of one run, with standard deviation 1 where the machine is steady, at a time in run lengths, for a tree of this
   * true value; normal by default.
   */
  noise?(random: Random, time: number, value: number): number
  /** With `judge: paired`: pairs of an experiment; the head runs beside each candidate. */
  pairs?: number
}

export const defaults = {
  slots: 1,
  sigma: 1,
  seeds: 3,
  policy: { lineCost: 0.1, repeat: 'never' },
} satisfies Partial<Setup>

export interface SimulatedSession {
  /** Records of the session, in the order of their verdicts, the baseline first. */
  experiments: Experiment[]
  /** True gain of each experiment over the tree it was judged against, and its true value; smaller values are better. */
  truth: Map<number, { effect: number; value: number }>
  /** Makes a further run of an experiment's tree, or of any true value, at a time in run lengths; by default at the end. */
  measure(value: number, time?: number): number
  /** The session's σ at its end, as the loop records it. */
  noise: Noise | null
}

/** For `keptChanges` and the other functions of scripts/analysis. */
export const metric: Metric = { name: 'value', goal: 'minimize', unit: null, holdout: null }

/** Time between two repeats of the head, in run lengths: two hours of five-minute runs. */
const driftInterval = 24

/** A candidate that is running. */
interface Candidate {
  number: number
  change: Change
  /** The head it is judged against. */
  parent: Experiment
  /** Its finished runs on that head, and those on earlier heads. */
  runs: Run[]
  earlierRuns: Run[]
  /** Start of its present run, in run lengths. */
  startedAt: number
  /** End of its present run, in run lengths. */
  endsAt: number
}

/** A repeat that is running. */
interface Repeat {
  repeated: Experiment
  purpose: 'seed' | 'drift'
  endsAt: number
}

/** Values are minimised; the baseline's true value is 0. */
export function simulateSession(random: Random, setup: Setup): SimulatedSession {
  const { sigma, noise = (r: Random) => r.normal() } = setup
  const truth = new Map([[0, { effect: 0, value: 0 }]])
  let now = 0
  const measure = (value: number, time = now) => value + sigma * noise(random, time, value)
  const baseline = experimentOf(0, null, { effect: 0, linesAdded: 0, linesRemoved: 0 })
  baseline.runs.push(runOf(baseline, 'baseline', measure(0), now++))
  const experiments: Experiment[] = [
    { ...baseline, status: 'keep', metric: meanMetric(baseline), endedAt: timeAt(now) },
  ]
  let [started, runsBegun, seedsMade, lastRepeat] = [0, 0, 1, 0]
  let running: (Candidate | Repeat)[] = []
  for (;;) {
    while (running.length < setup.slots) {
      const job = nextJob()
      if (!job) break
      running.push(job)
    }
    const [next] = running.sort((a, b) => a.endsAt - b.endsAt)
    if (!next) break
    running = running.slice(1)
    now = next.endsAt
    if ('repeated' in next) {
      const value = truth.get(next.repeated.number)?.value ?? 0
      next.repeated.runs.push(runOf(next.repeated, next.purpose, measure(value), now - 1))
      continue
    }
    const again = setup.pairs ? finishPairedRun(next, setup.pairs) : finishRun(next)
    if (again) running.push({ ...next, ...again, startedAt: now, endsAt: endOfRun() })
  }
  const estimate = setup.pairs ? noiseOfPairs('minimize', experiments) : loopNoise(experiments)
  return { experiments, truth, measure, noise: estimate }

  /** The repeat that is due, or the next candidate, as in ratchet/slots.ts; null when all experiments have begun. */
  function nextJob(): Candidate | Repeat | null {
    if (!running.some(job => 'repeated' in job)) {
      const due = baselineSeedsDue(experiments.length - 1, setup.experiments, setup.seeds)
      if (seedsMade - 1 < due || now - lastRepeat > driftInterval) {
        const isSeed = seedsMade - 1 < due
        if (isSeed) seedsMade++
        lastRepeat = now
        return {
          repeated: isSeed ? (experiments[0] as Experiment) : head(),
          purpose: isSeed ? 'seed' : 'drift',
          endsAt: endOfRun(),
        }
      }
    }
    if (started === setup.experiments || runsBegun >= (setup.maxRuns ?? Number.POSITIVE_INFINITY)) return null
    started++
    const change = setup.draw(random, started)
    const unrun = { parent: head(), runs: [], earlierRuns: [], startedAt: now }
    return { number: started, change, ...unrun, endsAt: endOfRun() }
  }

  /** Judges a candidate as ratchet/judge.ts does. @returns what its next run changes; null after its verdict */
  function finishRun({ number, change, parent, runs, earlierRuns, startedAt }: Candidate): Partial<Candidate> | null {
    const value = (truth.get(parent.number)?.value ?? 0) - change.effect
    const experiment = experimentOf(number, parent, change)
    const purpose = runs.length === 0 ? 'candidate' : 'repeat'
    experiment.runs = [...runs, runOf(experiment, purpose, measure(value), startedAt)]
    const decision = decide({
      goal: 'minimize',
      candidate: sessionMetrics(experiment),
      head: meanMetric(parent),
      best: Math.min(...experiments.filter(isKept).map(meanMetric)),
      sigma: loopNoise(experiments)?.sigma ?? null,
      linesAdded: change.linesAdded,
      linesRemoved: change.linesRemoved,
      policy: setup.policy,
    })
    if (decision.verdict === 'repeat') return { runs: experiment.runs }
    // Rebased onto the new head and run there: only a tree that was measured itself is kept.
    if (decision.verdict === 'keep' && head() !== parent)
      return { parent: head(), runs: [], earlierRuns: [...earlierRuns, ...experiment.runs] }
    experiment.runs.unshift(...earlierRuns)
    truth.set(number, { effect: change.effect, value })
    const { verdict: status, candidate } = decision
    experiments.push({ ...experiment, decision, status, metric: candidate, endedAt: timeAt(now) } as Experiment)
    return null
  }

  /** The same in pairs: candidate, head, head, candidate, as ratchet/pairs.ts orders them. */
  function finishPairedRun({ number, change, parent, runs }: Candidate, planned: number): Partial<Candidate> | null {
    const headValue = truth.get(parent.number)?.value ?? 0
    const value = headValue - change.effect
    const experiment = experimentOf(number, parent, change)
    const isHead = runs.length % 4 === 1 || runs.length % 4 === 2
    const run = runOf(
      experiment,
      runs.length === 0 ? 'candidate' : 'repeat',
      measure(isHead ? headValue : value),
      now - 1,
    )
    const own = { k: runs.length + 1, seed: 1 + Math.floor(runs.length / 2) }
    const beside = { purpose: 'opponent' as const, commit: parent.commit ?? '' }
    experiment.runs = [...runs, { ...run, ...own, ...(isHead ? beside : {}) }]
    // A half pair decides nothing.
    if (experiment.runs.length % 2 === 1) return { runs: experiment.runs }
    const goal = 'minimize' as const
    const { linesAdded, linesRemoved } = change
    const about = { linesAdded, linesRemoved, commit: experiment.commit ?? '', runs: experiment.runs }
    const judged = { ...about, parent: { number: parent.number } }
    const { decision } = judgePairs(experiments, judged, planned, { goal, policy: setup.policy })
    if (!decision) return { runs: experiment.runs }
    if (decision.verdict === 'keep' && head() !== parent) return { parent: head(), runs: [] }
    truth.set(number, { effect: change.effect, value })
    const { verdict: status, candidate: metric } = decision
    experiments.push({ ...experiment, decision, status, metric, endedAt: timeAt(now) } as Experiment)
    return null
  }

  function head(): Experiment {
    return experiments.findLast(isKept) as Experiment
  }

  function endOfRun(): number {
    runsBegun++
    return now + 0.9 + 0.2 * random.uniform()
  }
}

const isKept = ({ status }: Experiment): boolean => status === 'keep'

/** The true value of an experiment's tree. */
export const trueValue = ({ truth }: SimulatedSession, number: number): number => truth.get(number)?.value ?? 0

/** Appends runs of an experiment's tree that the session did not make, e.g. of confirm. */
export function addRuns(session: SimulatedSession, number: number, purpose: Run['purpose'], count: number): void {
  const experiment = session.experiments.find(e => e.number === number)
  for (let i = 0; experiment && i < count; i++)
    experiment.runs.push(
      runOf(experiment, purpose, session.measure(trueValue(session, number)), 1000 + experiment.runs.length),
    )
}
