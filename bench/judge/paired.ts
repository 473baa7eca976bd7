/**
 * Measures `judge: paired` where timings go wrong: a machine that drifts, outliers, two speeds. Labels and confirm's
 * intervals of paired sessions must hold as on a steady machine; the same sessions judged without pairs are printed beside.
 */

import { confirmedBetween } from '../../scripts/analysis/confirm/confirmed.ts'
import { keptChanges } from '../../scripts/analysis/kept.ts'
import { drifts, hasDrifted } from '../../scripts/analysis/noise/drift.ts'
import { pairsOfSession } from '../../scripts/analysis/noise/noise.ts'
import type { Experiment } from '../../scripts/record/schema.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type LawName, laws } from './laws.ts'
import { runOf } from './records.ts'
import { meanOf, type Requirement, shareOf } from './requirement.ts'
import { defaults, metric, type SimulatedSession, simulateSession, trueValue } from './session.ts'

/** Pairs of an experiment in the simulation. */
const pairs = 6

/** Noise of a run at a time in run lengths, in σ; a new machine for each session, as it has a state. */
type Machine = (random: Random) => (random: Random, time: number, value: number) => number

/** How much longer a run takes at the slower of two speeds. */
const slowest: Record<string, number> = { 'two speeds': 1.3, 'all three': 1.3 }

/** True value of the baseline in σ: timings vary by 1%. */
const level = 100

const machines: Record<string, Machine> = {
  steady: () => r => r.normal(),
  // 1σ in ten runs: 12% over an experiment of twelve runs that takes an hour.
  'linear drift': () => (r, time) => r.normal() + time / 10,
  'random walk': random => {
    const path = walk(() => 0.3 * random.normal())
    return (r, time) => r.normal() + path(time)
  },
  '5% outliers': () => r => r.normal() + (r.uniform() < 0.05 ? 10 : 0),
  'two speeds': random => {
    const isSlow = periods(random)
    return (r, time, value) => r.normal() + (isSlow(time) ? 0.3 * (level + value) : 0)
  },
  'all three': random => {
    const [path, isSlow] = [walk(() => 0.3 * random.normal()), periods(random)]
    return (r, time, value) =>
      r.normal() + path(time) + (r.uniform() < 0.05 ? 10 : 0) + (isSlow(time) ? 0.3 * (level + value) : 0)
  },
}

/** A path that adds a step for each run length. */
function walk(step: () => number): (time: number) => number {
  const path = [0]
  return time => {
    for (let i = path.length; i <= time; i++) path.push((path[i - 1] ?? 0) + step())
    return path[Math.floor(time)] ?? 0
  }
}

/** Periods at one of two speeds, 30 runs long on average. */
function periods(random: Random): (time: number) => boolean {
  const slow = [random.uniform() < 0.5]
  return time => {
    for (let i = slow.length; i <= time; i++)
      slow.push(random.uniform() < 1 / 30 ? !slow[i - 1] : (slow[i - 1] ?? false))
    return slow[Math.floor(time)] ?? false
  }
}

/** A law and a length, with the sessions at scale 1. Short sessions are simulated on each machine, long ones on the worst. */
const cases: { law: LawName; length: number; sessions: number }[] = [
  { law: 'mar8-like', length: 30, sessions: 500 },
  { law: 'half null', length: 30, sessions: 1000 },
  { law: 'all null', length: 30, sessions: 300 },
]
const long: typeof cases = [
  { law: 'mar8-like', length: 124, sessions: 120 },
  { law: 'half null', length: 124, sessions: 200 },
  { law: 'all null', length: 124, sessions: 200 },
]
const lawNames: LawName[] = ['mar8-like', 'half null', 'all null']
/** One in so many is judged by single runs too. */
const singleShare = 5

export function checkPaired(scale: number, random: Random): Requirement[] {
  const together = new Map(lawNames.map(law => [law, count()]))
  const rows = Object.keys(machines).flatMap(machine =>
    [...cases, ...(machine === 'all three' ? long : [])].flatMap(({ law, length, sessions }) =>
      rowsOf({ machine, length, law }, Math.ceil(scale * sessions), random, together.get(law)),
    ),
  )
  const pooled = lawNames.flatMap(law => labelRows(together.get(law) ?? count(), law, `all machines, ${law}`))
  return [...rows, ...pooled]
}

interface Case {
  machine: string
  length: number
  law: LawName
}

interface Counts {
  sessions: number
  /** Kept changes that were labelled likely, and those of them whose true effect is above zero. */
  likely: number
  real: number
  /** Sessions with a likely change that is not real. */
  falseSessions: number
  /** Kept changes of true effect 2σ and more, and those labelled. */
  large: number
  found: number
  /** Sessions in which drift was seen. */
  drift: number
}

/** @param together counts of all machines, added to */
function rowsOf(
  { machine, length, law }: Case,
  cases: number,
  random: Random,
  together: Counts = count(),
): Requirement[] {
  const about = `${machine}, ${law}, ${length} experiments`
  const [paired, single] = [count(), count()]
  const [covered, halves, gains, runs]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let i = 0; i < cases; i++) {
    const session = simulate({ machine, length, law }, pairs, random)
    tally(session, true, paired)
    runs.push(runsPerExperiment(session.experiments))
    gains.push(-trueValue(session, headOf(session.experiments).number))
    const confirmed = confirmOf(session, machine, length)
    if (confirmed) {
      covered.push(confirmed.covers ? 1 : 0)
      halves.push(confirmed.half)
    }
    if (i % singleShare !== 0) continue
    const apart = simulate({ machine, length, law }, 0, random)
    addConfirmRuns(apart, 3, length + 10)
    tally(apart, false, single)
  }
  for (const key of Object.keys(together) as (keyof Counts)[]) together[key] += paired[key]
  const covers = covered.filter(Boolean).length
  return [
    ...labelRows(paired, law, about),
    ...share(`confirm covers, ${about}`, covers, covered.length, { at: 'least', limit: 0.95 }),
    meanOf({ topic: 'paired', measured: `half-width of confirm, ${about}`, asked: null }, halves),
    meanOf({ topic: 'paired', measured: `true gain of the head, ${about}`, asked: null }, gains),
    meanOf({ topic: 'paired', measured: `runs of an experiment, ${about}`, asked: null }, runs, {
      decimals: 1,
      name: '',
    }),
    ...(law === 'all null'
      ? share(`judged single: sessions with a false likely, ${about}`, single.falseSessions, single.sessions)
      : share(`judged single: likely and real, ${about}`, single.real, single.likely)),
    ...share(`judged single: sessions where drift is seen, ${about}`, single.drift, single.sessions),
  ]
}

/** What the label asks for, and its power. */
function labelRows(counts: Counts, law: LawName, about: string): Requirement[] {
  const limit = law === 'mar8-like' ? 0.9 : 0.85
  return [
    ...(law === 'all null'
      ? share(`sessions with a false likely, ${about}`, counts.falseSessions, counts.sessions, {
          at: 'most',
          limit: 0.03,
        })
      : share(`likely and real, ${about}`, counts.real, counts.likely, { at: 'least', limit })),
    ...share(`kept gains of 2σ and more that are likely, ${about}`, counts.found, counts.large),
  ]
}

const share = (measured: string, hits: number, of: number, asked: Requirement['asked'] = null): Requirement[] =>
  of === 0 ? [] : [shareOf({ topic: 'paired', measured, asked }, hits, of)]

const count = (): Counts => ({ sessions: 0, likely: 0, real: 0, falseSessions: 0, large: 0, found: 0, drift: 0 })
const headOf = (experiments: Experiment[]): Experiment => experiments.findLast(e => e.status === 'keep') as Experiment
const runsPerExperiment = (experiments: Experiment[]): number =>
  experiments.slice(1).reduce((sum, e) => sum + e.runs.length, 0) / Math.max(1, experiments.length - 1)

/** Changes neither add nor remove lines. @param pairs 0: judged by single runs */
function simulate({ machine, length, law }: Case, pairs: number, random: Random): SimulatedSession {
  return simulateSession(random, {
    ...defaults,
    experiments: length,
    draw: r => ({ effect: laws[law](r), linesAdded: 1, linesRemoved: 1 }),
    noise: (machines[machine] as Machine)(random),
    pairs,
  })
}

function tally(session: SimulatedSession, paired: boolean, counts: Counts): void {
  const { experiments, noise, truth } = session
  const drift = drifts({ metric, experiments })
  const kept = keptChanges({ metric, experiments, noise, paired, drifted: !paired && hasDrifted(drift) }, null)
  const effect = (number: number) => truth.get(number)?.effect ?? 0
  const likely = kept.filter(k => k.label === 'likely')
  const isFalse = likely.filter(k => effect(k.experiment) <= 0)
  const large = kept.filter(k => effect(k.experiment) >= 2)
  counts.sessions++
  counts.likely += likely.length
  counts.real += likely.length - isFalse.length
  counts.falseSessions += isFalse.length > 0 ? 1 : 0
  counts.large += large.length
  counts.found += large.filter(k => k.label === 'likely').length
  counts.drift += hasDrifted(drift) ? 1 : 0
}

/** Runs of baseline and head in ABBA order. @param from in run lengths since the session's start */
function addConfirmRuns(session: SimulatedSession, count: number, from: number): void {
  const [baseline, head] = [session.experiments[0] as Experiment, headOf(session.experiments)]
  let time = from
  for (let i = 0; i < count; i++)
    for (const tree of i % 2 === 0 ? [baseline, head] : [head, baseline]) {
      const value = session.measure(trueValue(session, tree.number), time)
      tree.runs.push(runOf(tree, 'confirm', value, time++))
    }
}

/** Confirm's first look at the head against the baseline, side by side after the loop; null where nothing was kept. */
function confirmOf(
  session: SimulatedSession,
  machine: string,
  length: number,
): { covers: boolean; half: number } | null {
  const [baseline, head] = [session.experiments[0] as Experiment, headOf(session.experiments)]
  if (head.number === 0) return null
  addConfirmRuns(session, pairs, 2 * pairs * length + 10)
  const contract = { judge: 'paired' }
  const found = confirmedBetween(
    baseline,
    head,
    'minimize',
    session.noise,
    pairsOfSession({ contract, metric }, session.experiments),
  )
  if (!found) return null
  const gain = -trueValue(session, head.number)
  const [low, high] = found.interval
  // On a machine with two speeds the same change gains 1.3 times as much at the slower: both are true.
  const most = Math.max(gain, slowest[machine] ? slowest[machine] * gain : gain)
  return { covers: low <= most && Math.min(gain, most) <= high, half: (high - low) / 2 }
}
