/** What a session will take: experiments, runs, hours and dollars, each as a range that holds in 8 of 10 sessions. Pure. */
import { type Amounts, COVERAGE, type MeanDraw, meanDraws, type Range, rangeOf } from '../../stats/forecast.ts'
import { createRandom } from '../../stats/random.ts'
import type { Basis, Earlier } from './earlier.ts'

/** What is known of the session beforehand, and what it has done. */
export interface Outlook {
  /** Stop rules; null: none. `seconds` include confirm and report. */
  limits: { seconds: number | null; experiments: number | null; usd: number | null }
  /** Whether it may end earlier by patience or by reaching its target. */
  mayEndEarlier: boolean
  /** `seconds`: of activity. `usd`: of its agents; null: not known. */
  done: { experiments: number; seconds: number; runs: number; agentUsd: number | null; gpuUsd: number | null }
  /** Wall time of a run. */
  runSeconds: number
  /** Runs of an experiment: 1, or those of its pairs. */
  experimentRuns: number
  /** First run of the baseline, if it is to come, and its further seeds. */
  baselineRuns: { first: number; further: number }
  /** Runs of confirm, one at a time; and seconds that stop rules reserve for the report, which is written after the end. */
  confirmRuns: number
  closingSeconds: number
  devices: number
  /** null: not given. */
  gpuUsdHour: number | null
  /** Who proposes: "claude (opus)". */
  agent: string
  /** `false`: its proposals cost nothing. */
  isPaid: boolean
}

export interface Forecast {
  /** Share of sessions in which each range is meant to hold. */
  coverage: number
  /** Of the whole session, what it has done included; null: not known, or nothing ends the session but Ctrl-C. */
  experiments: Range | null
  runs: Range | null
  hours: Range | null
  agentUsd: Range | null
  gpuUsd: Range | null
  /** Mean of the session's experiments. */
  each: { agentUsd: Range | null; seconds: Range | null }
  /** What the session's limits say where no range is known. */
  atMost: { experiments: number | null; hours: number | null; gpuUsd: number | null }
  mayEndEarlier: boolean
  agent: string
  gpuUsdHour: number | null
  devices: number
  basis: { cost: Basis; pace: Basis }
}

/** Draws are the same each time, so that a forecast changes only with what it rests on. */
const SEED = 20

/** @param draws more make the ends of the ranges more exact */
export function forecast(outlook: Outlook, { cost, pace, runs, basis }: Earlier, draws = 1000): Forecast {
  const random = createRandom(SEED)
  const drawn = (known: Amounts): MeanDraw[] | null => {
    const draw = meanDraws(known, random)
    return draw && Array.from({ length: draws }, draw)
  }
  const means = { cost: drawn(outlook.isPaid ? cost : free), pace: drawn(pace), runs: drawn(runs) }
  const ends = endDraws(outlook, means)
  const range = (of: (end: End) => number | null): Range | null => {
    const values = ends?.flatMap(end => of(end) ?? []) ?? []
    return values.length === draws ? rangeOf(values) : null
  }
  const meanRange = (list: MeanDraw[] | null) => list && rangeOf(list.map(({ mean }) => mean))
  const { limits, agent, devices, gpuUsdHour, mayEndEarlier } = outlook
  return {
    coverage: COVERAGE,
    experiments: range(end => end.experiments),
    runs: range(end => end.runs),
    hours: range(end => end.seconds / 3600),
    agentUsd: range(end => end.agentUsd) ?? costOfAll(outlook, means.cost),
    gpuUsd: range(end => end.gpuUsd),
    each: { agentUsd: meanRange(means.cost), seconds: meanRange(means.pace) },
    atMost: {
      experiments: limits.experiments,
      hours: limits.seconds === null ? null : limits.seconds / 3600,
      gpuUsd: gpuUsdHour === null || limits.seconds === null ? null : gpuOf(outlook, limits.seconds),
    },
    mayEndEarlier,
    agent,
    gpuUsdHour,
    devices,
    basis: {
      cost: { ...basis.cost, own: outlook.isPaid ? cost.own.length : 0 },
      pace: { ...basis.pace, own: pace.own.length },
    },
  }
}

const free: Amounts = { earlier: [[0]], own: [] }

/** Where the pace is not known, but the number of experiments is given and no other rule can end the session before. */
function costOfAll({ limits, done, isPaid }: Outlook, costs: MeanDraw[] | null): Range | null {
  if (!isPaid) return { low: 0, middle: 0, high: 0 }
  if (costs === null || limits.experiments === null || limits.seconds !== null || limits.usd !== null) return null
  const left = Math.max(0, limits.experiments - done.experiments)
  return rangeOf(costs.map(draw => (done.agentUsd ?? 0) + left * draw.of(left)))
}

/** How a session may end, in total. */
interface End {
  experiments: number
  seconds: number
  runs: number | null
  agentUsd: number | null
  gpuUsd: number | null
}

interface Means {
  cost: MeanDraw[] | null
  pace: MeanDraw[] | null
  runs: MeanDraw[] | null
}

/** null: nothing ends the session, or it is not known what does. */
function endDraws(outlook: Outlook, { cost, pace, runs }: Means): End[] | null {
  // Where the agent's cost is not known, neither is when it reaches the limit.
  if (pace === null || (outlook.limits.usd !== null && cost === null)) return null
  const ends = pace.map((draw, i) => endOf(outlook, draw, cost?.[i] ?? null, runs?.[i] ?? null))
  return ends.every(end => end !== null) ? ends : null
}

function endOf(outlook: Outlook, pace: MeanDraw, cost: MeanDraw | null, runs: MeanDraw | null): End | null {
  const { done, runSeconds, baselineRuns, confirmRuns, closingSeconds } = outlook
  const begin = done.seconds + baselineRuns.first * runSeconds
  const confirm = confirmRuns * runSeconds
  const most = mostExperiments(outlook, { begin, after: confirm + closingSeconds }, pace, cost)
  if (most === null) return null
  const further = most.count
  const searched = begin + further * most.seconds
  // Confirm is cut short where the time is up.
  const limit = outlook.limits.seconds ?? Number.POSITIVE_INFINITY
  const seconds = Math.min(searched + confirm, Math.max(searched, limit))
  const made = runs === null ? null : further * (further > 0 ? runs.of(further) : 0)
  return {
    experiments: done.experiments + further,
    seconds,
    runs: made === null ? null : Math.round(done.runs + baselineRuns.first + baselineRuns.further + made + confirmRuns),
    agentUsd:
      cost === null
        ? null
        : most.byAgent
          ? (outlook.limits.usd ?? 0) + cost.excess()
          : (done.agentUsd ?? 0) + further * most.usd,
    gpuUsd: outlook.gpuUsdHour === null ? null : gpuOf(outlook, seconds),
  }
}

/** Experiments until the first stop rule, with what each takes; null without a rule. */
function mostExperiments(
  outlook: Outlook,
  { begin, after }: { begin: number; after: number },
  pace: MeanDraw,
  cost: MeanDraw | null,
): { count: number; seconds: number; usd: number; byAgent: boolean } | null {
  const { limits, done, runSeconds, experimentRuns, gpuUsdHour, devices } = outlook
  const own = experimentRuns * runSeconds
  const perSecond = ((gpuUsdHour ?? 0) * devices) / 3600
  const bounds = (seconds: number, usd: number): number[] => {
    const found: number[] = []
    if (limits.experiments !== null) found.push(limits.experiments - done.experiments)
    // A rule is asked before each experiment, which is begun if it would fit with one run's time.
    if (limits.seconds !== null) found.push(begun((limits.seconds - begin - after - own) / seconds))
    if (limits.usd !== null && (gpuUsdHour !== null || usd > 0)) {
      const left = limits.usd - (done.agentUsd ?? 0) - (gpuUsdHour === null ? 0 : gpuOf(outlook, begin))
      const reserved = gpuUsdHour === null ? 0 : (after + own) * perSecond
      found.push(begun((left - reserved) / (usd + seconds * perSecond)))
    }
    return found.map(bound => Math.max(0, bound))
  }
  const guesses = bounds(pace.mean, cost?.mean ?? 0)
  if (guesses.length === 0) return null
  // What experiments take on average is less certain, the fewer they are.
  const about = Math.max(1, Math.min(...guesses))
  const [seconds, usd] = [pace.of(about), cost?.of(about) ?? 0]
  const found = bounds(seconds, usd)
  const count = Math.min(...found)
  // The rule of dollars is the last one: where it alone is the first to hold, and counts agents only, they cost that much.
  const byAgent =
    limits.usd !== null && gpuUsdHour === null && count > 0 && found.indexOf(count) === found.length - 1 && usd > 0
  return { count, seconds, usd, byAgent }
}

/** Experiments begun while the rule leaves room for another. */
const begun = (room: number): number => (room < 0 ? 0 : Math.floor(room) + 1)

/** Dollars of the GPUs when the session has run so long. */
const gpuOf = ({ done, devices, gpuUsdHour }: Outlook, seconds: number): number =>
  (done.gpuUsd ?? 0) + ((gpuUsdHour ?? 0) * devices * Math.max(0, seconds - done.seconds)) / 3600
