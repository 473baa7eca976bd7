import { expect, test } from 'vitest'
import { digest } from '../../scripts/analysis/digest.ts'
import { noiseWithConfirm } from '../../scripts/analysis/noise/noise.ts'
import { sideOf } from '../../scripts/compare/side.ts'
import type { Experiment, Session } from '../../scripts/record/schema.ts'
import { studentQuantile } from '../../scripts/stats/distributions.ts'
import { simulate } from '../helpers/exampleSessions.ts'

const made = (more: Partial<Parameters<typeof simulate>[0]> = {}) =>
  simulate({ id: '2026-11-20-h100-kqzt-nov20', experiments: 40, ...more })
const side = (session: Session, experiments: Experiment[]) => sideOf({ session, experiments, digest: null })

test('the frontier has the baseline and the keeps, each with hours, cost and change from the baseline', () => {
  const { session, experiments } = made({ costUsd: 0.5 })
  const found = side(session, experiments)
  const kept = experiments.filter(e => e.status === 'keep')
  expect(found.frontier.map(step => step.experiment)).toEqual(kept.map(e => e.number))
  expect(found.frontier[0]).toMatchObject({ change: 0, order: 0, agentUsd: null })
  const [last, head] = [found.frontier.at(-1), kept.at(-1)]
  expect(last?.change).toBeCloseTo((0.9979 - (head?.metric ?? 0)) / 0.9979, 12)
  expect(last?.hours).toBeCloseTo(((head?.number ?? 0) * 330 + 320) / 3600, 6)
  expect(last?.agentUsd).toBeCloseTo((head?.number ?? 0) * 0.5, 9)
  expect(found).toMatchObject({ agentUsd: 19.5, bestSingleRun: last?.change, experiments: 39, kept: kept.length - 1 })
})

test('device-hours count the search without confirm runs; without runs they are the session’s length', () => {
  const { session, experiments } = made()
  const searched = experiments.flatMap(e => e.runs).filter(run => run.purpose !== 'confirm')
  expect(experiments.flatMap(e => e.runs).length).toBeGreaterThan(searched.length)
  expect(side(session, experiments).deviceHours?.value).toBeCloseTo((searched.length * 308.4) / 3600, 9)
  expect(side(session, experiments).deviceHours?.basis).toBe('runs')

  const bare = experiments.map(e => ({ ...e, runs: [] }))
  const clock = side({ ...session, machine: { ...session.machine, gpus: 2 } }, bare)
  expect(clock.deviceHours).toEqual({ value: (clock.hours ?? 0) * 2, basis: 'clock' })
  const undated = bare.map(e => ({ ...e, startedAt: null, endedAt: null }))
  const lost = side({ ...session, startedAt: null, endedAt: null }, undated)
  const measured = experiments.filter(e => e.metric !== null).length
  expect(lost).toMatchObject({ hours: null, deviceHours: { value: (measured * 300) / 3600, basis: 'budget' } })
  expect(side({ ...session, startedAt: null, endedAt: null, budget: null }, undated).deviceHours).toBeNull()
})

test('experiments are in verdict order, not number order', () => {
  const { session, experiments } = made()
  // A pool of slots: 1 was judged last.
  const [zero, one, ...rest] = experiments as [Experiment, Experiment, ...Experiment[]]
  const late = { ...one, endedAt: '2026-11-21T07:00:00Z' }
  const found = side(session, [zero, late, ...rest])
  expect(found.tried.at(-1)?.experiment).toBe(1)
  expect(found.frontier.map(({ order }) => order)).toEqual(
    found.frontier.map(({ order }) => order).sort((a, b) => a - b),
  )
})

test('an effect has the noise of candidate and parent; more runs of either narrow its interval', () => {
  const { session, experiments } = made()
  const plain = side(session, experiments).tried.find(t => t.experiment === 1)
  expect(plain?.effect).toMatchObject({ runs: 1, among: 1 })
  const headRuns = plain?.effect?.headRuns ?? 0
  // One run against those of the baseline that nobody selected, by Student's t and the σ of all runs.
  expect(headRuns).toBeGreaterThan(1)
  const halfOf = (all: Experiment[], against: number) => {
    const { sigma = 0, df = 0 } = noiseWithConfirm(session, all) ?? {}
    return (studentQuantile(0.975, df) * sigma * Math.sqrt(1 + 1 / against)) / 0.9979
  }
  expect(plain?.half).toBeCloseTo(halfOf(experiments, headRuns), 5)
  const twice = experiments.map(e => (e.number === 0 ? { ...e, runs: [...e.runs, { ...e.runs[1], k: 9 }] } : e))
  const sure = side(session, twice as Experiment[]).tried.find(t => t.experiment === 1)
  expect(sure?.half).toBeCloseTo(halfOf(twice as Experiment[], headRuns + 1), 5)
})

test('a rerun on unused seeds replaces the gain that the change was kept for', () => {
  const { session, experiments } = made()
  const facts = digest(session, experiments, new Map())
  const [kept] = facts.kept
  const again = { gain: 0.001, interval: [0.0004, 0.0016] as [number, number], baseline: 0.99, head: 0.989 }
  const rerun = { ...again, seeds: 3, plannedRuns: 0, looks: 1, spread: null, verdict: 'better' as const }
  const known = { ...facts, kept: facts.kept.map(k => (k === kept ? { ...k, rerun } : k)) }
  const [before, after] = [facts, known].map(of =>
    sideOf({ session, experiments, digest: of }).tried.find(t => t.experiment === kept?.experiment),
  )
  expect(before?.by).toBe('session')
  expect(after?.by).toBe('rerun')
  expect(after?.gain).toBeCloseTo(0.001 / 0.9979, 12)
  expect(after?.half).toBeCloseTo(0.0006 / 0.9979, 6)
})

test('hours, keeps and gains are attributed to the version of the prose in use', () => {
  const { session, experiments } = made({ prose: ['Go.', 'Go on.'] })
  const found = side(session, experiments)
  const [first, second] = found.prose
  expect(found.prose.map(use => use.experiments)).toEqual([19, 20])
  expect((first?.kept ?? 0) + (second?.kept ?? 0)).toBe(found.kept)
  expect((first?.gain ?? 0) + (second?.gain ?? 0)).toBeCloseTo(found.bestSingleRun ?? 0, 12)
  expect((first?.deviceHours ?? 0) + (second?.deviceHours ?? 0)).toBeCloseTo(found.deviceHours?.value ?? 0, 9)
})

test('a session without a baseline, or with a baseline of zero, has no gain; a running session is a side too', () => {
  const { session, experiments } = made()
  const failed = experiments
    .map(e => (e.number === 0 ? { ...e, status: 'crash' as const, metric: null } : e))
    .slice(0, 1)
  expect(side(session, failed)).toMatchObject({
    baseline: null,
    best: null,
    frontier: [],
    bestSingleRun: null,
    tried: [],
  })
  const zero = experiments.map(e => (e.number === 0 ? { ...e, metric: 0 } : e))
  expect(side(session, zero)).toMatchObject({
    baseline: 0,
    frontier: [],
    bestSingleRun: null,
    confirmed: null,
    tried: [],
  })
  // 0.001 is two of its σ: a fraction of it would be noise.
  const near = experiments.map(e => (e.number === 0 ? { ...e, metric: 0.001 } : e))
  expect(side(session, near)).toMatchObject({
    baseline: 0.001,
    frontier: [],
    bestSingleRun: null,
    confirmed: null,
    tried: [],
  })
  const young = made({ experiments: 3, running: true })
  expect(side(young.session, young.experiments)).toMatchObject({ running: true, confirmed: null })
  expect(side(young.session, young.experiments).hours).toBeGreaterThan(0)
})
