/** Whether a machine that is said to drift does: quiet sessions, drifts of metric and speed, and unsteady machines. */
import { type Drift, drifts } from '../../scripts/analysis/noise/drift.ts'
import type { Run } from '../../scripts/record/schema.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { laws } from './laws.ts'
import { type Check, type Requirement, shareOf } from './requirement.ts'
import { addRuns, defaults, metric, type SimulatedSession, simulateSession } from './session.ts'

interface Case {
  name: string
  experiments: number
  slots?: number
  /** Change of the metric in σ, per run length. */
  metricDrift?: number
  /** Steps of a run, the noise of its speed as a share, its change over the whole session, and how often it is slower by 1.3. */
  steps: number
  speedNoise: number
  speedDrift?: number
  slow?: number
}

const limit = { at: 'most', limit: 0.01 } as const
const runMs = 300_000

export const checkDrift: Check = (scale, random) => {
  const [quiet, power] = [Math.round(3000 * scale), Math.round(2500 * scale)]
  const lengths = [8, 30, 124]
  const rare = (length: number, cases: number) => Math.round(length > 100 ? cases / 2 : cases)
  const said = (
    what: string,
    given: Case,
    cases: number,
    asked: Requirement['asked'],
    is: (found: Drift[]) => boolean,
  ) => saidOf({ what, given, cases, asked, is, random })
  const isDriftOf = (of: Drift['of']) => (found: Drift[]) => found.some(d => d.kind === 'drift' && d.of === of)
  return [
    ...lengths.flatMap(experiments =>
      [
        { steps: 1000, speedNoise: 0.01 },
        { steps: 13, speedNoise: 0.01 },
        { steps: 13, speedNoise: 0.002 },
      ].map(more => {
        const name = `quiet, ${more.steps} steps a run, speed ±${100 * more.speedNoise}%`
        return said(
          'anything said',
          { name, experiments, ...more },
          rare(experiments, quiet),
          limit,
          found => found.length > 0,
        )
      }),
    ),
    said(
      'anything said',
      { name: 'quiet, 8 slots', experiments: 124, slots: 8, steps: 13, speedNoise: 0.01 },
      rare(124, quiet),
      limit,
      found => found.length > 0,
    ),
    ...lengths.flatMap(experiments =>
      [1, 0.1].map(metricDrift => {
        const name = `metric moves ${metricDrift}σ a run`
        return said(
          'drift of the metric',
          { name, experiments, metricDrift, steps: 1000, speedNoise: 0.01 },
          rare(experiments, power),
          null,
          isDriftOf('metric'),
        )
      }),
    ),
    ...[13, 1000].flatMap(steps =>
      [-0.1, -0.2].map(speedDrift => {
        const name = `${-100 * speedDrift}% slower at the end, ${steps} steps a run, speed ±1%`
        return said(
          'drift of the speed',
          { name, experiments: 30, steps, speedNoise: 0.01, speedDrift },
          power,
          null,
          isDriftOf('speed'),
        )
      }),
    ),
    ...[13, 1000].flatMap(steps => {
      const given = {
        name: `every third run 1.3 times slower, ${steps} steps`,
        experiments: 30,
        steps,
        speedNoise: 0.01,
        slow: 1 / 3,
      }
      return [
        said('unsteady', given, power, null, found => found.some(d => d.kind === 'unsteady')),
        said('drift', given, power, limit, found => found.some(d => d.kind === 'drift')),
      ]
    }),
  ]
}

interface Said {
  what: string
  given: Case
  cases: number
  asked: Requirement['asked']
  is(found: Drift[]): boolean
  random: Random
}

function saidOf({ what, given, cases, asked, is, random }: Said): Requirement {
  let hits = 0
  for (let i = 0; i < cases; i++) if (is(drifts({ metric, experiments: sessionOf(given, random).experiments }))) hits++
  return shareOf(
    { topic: 'drift', measured: `${what}: ${given.experiments} experiments, ${given.name}`, asked },
    hits,
    cases,
  )
}

/** A session with confirm runs of baseline and head, and a speed for each run. */
function sessionOf({ experiments, slots = 1, metricDrift = 0, ...speed }: Case, random: Random): SimulatedSession {
  const session = simulateSession(random, {
    ...defaults,
    slots,
    experiments,
    draw: r => ({ effect: laws['mar8-like'](r), linesAdded: 1, linesRemoved: 1 }),
    noise: (r, time) => r.normal() + metricDrift * time,
  })
  const [first, head] = [session.experiments[0], session.experiments.findLast(e => e.status === 'keep')]
  const end = Math.max(...session.experiments.map(e => Date.parse(e.endedAt ?? '')))
  for (const [i, tree] of [first, head].entries()) {
    if (!tree || (i === 1 && tree === first)) continue
    addRuns(session, tree.number, 'confirm', 3)
    const added = tree.runs.slice(-3)
    // In ABBA order.
    for (const [k, run] of added.entries()) {
      const after = 2 * k + (k % 2 === i ? 0 : 1)
      run.startedAt = new Date(end + after * runMs).toISOString()
      run.metric = (run.metric ?? 0) + metricDrift * after
    }
  }
  const begin = Date.parse(first?.startedAt ?? '')
  for (const e of session.experiments)
    for (const run of e.runs)
      run.summary = summaryOf(speed, (Date.parse(run.startedAt) - begin) / (end - begin), random)
  return session
}

/** A run stops after 300 s and counts the whole steps that it made. @param at share of the session before it */
function summaryOf(
  { steps, speedNoise, speedDrift = 0, slow = 0 }: Omit<Case, 'name' | 'experiments'>,
  at: number,
  random: Random,
): Run['summary'] {
  const pace =
    (1 + speedNoise * random.normal()) * (1 + speedDrift * Math.min(1, at)) * (random.uniform() < slow ? 1 / 1.3 : 1)
  return { training_seconds: 300, num_steps: Math.floor(steps * pace + 0.5) }
}
