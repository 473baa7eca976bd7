import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Earlier, type Kind, readEarlier, withOwn } from '../../../scripts/analysis/forecast/earlier.ts'
import { forecast, type Outlook } from '../../../scripts/analysis/forecast/forecast.ts'
import { forecastLines } from '../../../scripts/analysis/forecast/words.ts'
import type { Experiment, Session } from '../../../scripts/record/schema.ts'
import { writeSession } from '../../../scripts/record/write.ts'
import { at, buildExperiment, buildRun, buildSession } from '../../helpers/exampleRecords.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

const agent = { use: 'claude', model: 'opus', effort: null }
const stretch = (from: number, to: number) => ({ from: at(from), to: at(to), devices: 1 })
const sessionNamed = (id: string, over: Partial<Session> = {}) =>
  buildSession({ id, agent: { use: 'claude', model: 'opus' }, active: [stretch(0, 200)], ...over })

/** Experiments that ended every 20 s from second 40 on, after the baseline at 20. */
const experimentsOf = (use: string, costs: (number | null)[]): Experiment[] =>
  [null, ...costs].map((costUsd, i) =>
    buildExperiment(i, {
      agent: { use: i === 0 ? null : use, model: null, seconds: 1, tokens: null, costUsd },
      startedAt: at(20 * i),
      endedAt: at(20 * (i + 1)),
      runs: [buildRun(1), buildRun(1, { k: 2, purpose: 'repeat' }), buildRun(1, { k: 3, purpose: 'confirm' })],
    }),
  )

async function notebookOf(sessions: [Session, Experiment[]][]): Promise<string> {
  const root = await scratch()
  for (const [session, experiments] of sessions) {
    await mkdir(join(root, session.id))
    await writeSession(join(root, session.id), session)
    await write(root, { [`${session.id}/experiments.jsonl`]: experiments.map(e => `${JSON.stringify(e)}\n`).join('') })
  }
  return root
}

const kind: Kind = { session: sessionNamed('now'), devices: 1, agent }

test('earlier sessions count by what they share: the agent for dollars, also the runs and the machine for time', async () => {
  const root = await notebookOf([
    [sessionNamed('now'), experimentsOf('claude', [9])],
    [sessionNamed('same'), [...experimentsOf('claude', [0.1, null]), ...experimentsOf('tuner', [null]).slice(1)]],
    [sessionNamed('other program', { program: 'examples/sort/program.md' }), experimentsOf('claude', [0.2])],
    [sessionNamed('other model', { agent: { use: 'claude', model: 'haiku' } }), experimentsOf('claude', [0.01])],
    [
      sessionNamed('elsewhere', { source: { kind: 'session', from: 'https://example.org' } }),
      experimentsOf('claude', [5]),
    ],
    [sessionNamed('older version', { active: undefined }), experimentsOf('claude', [0.3])],
  ])
  const { cost, pace, runs, runSeconds, basis } = await readEarlier(root, kind)
  expect(cost.earlier.flat().sort()).toEqual([0.1, 0.2, 0.3])
  expect(basis.cost).toEqual({ sessions: 3, experiments: 3 })
  expect(pace.earlier).toHaveLength(1)
  expect(runs.earlier[0]?.every(count => count === 2)).toBe(true)
  expect(runSeconds).toBe(buildRun(1).seconds)
  expect((await readEarlier(root, { ...kind, devices: 2 })).runSeconds).toBeNull()
})

test('the time of an interruption is no time of an experiment', () => {
  const interrupted = sessionNamed('now', { active: [stretch(0, 45), stretch(55, 200)] })
  const own = withOwn(nothing, interrupted, experimentsOf('claude', [0.1, 0.1]), 'claude')
  expect(own.pace.own).toEqual([20, 10])
  expect(own.cost.own).toEqual([0.1, 0.1])
})

const size = { sessions: 0, experiments: 0 }
const none = { earlier: [], own: [] }
const nothing: Earlier = { cost: none, pace: none, runs: none, runSeconds: null, basis: { cost: size, pace: size } }
const outlook: Outlook = {
  limits: { seconds: 8 * 3600, experiments: null, usd: null },
  mayEndEarlier: false,
  done: { experiments: 0, seconds: 0, runs: 0, agentUsd: null, gpuUsd: null },
  runSeconds: 327,
  experimentRuns: 1,
  baselineRuns: { first: 1, further: 2 },
  confirmRuns: 6,
  closingSeconds: 30,
  devices: 2,
  gpuUsdHour: 2.5,
  agent: 'claude (opus)',
  isPaid: true,
}
const three = (value: number) => ({ earlier: Array.from({ length: 3 }, () => Array(50).fill(value)), own: [] })
const known: Earlier = {
  cost: three(0.08),
  pace: three(360),
  runs: three(1),
  runSeconds: null,
  basis: { cost: { sessions: 3, experiments: 150 }, pace: { sessions: 3, experiments: 150 } },
}

test('where nothing is known, the forecast says so and gives the limits alone', () => {
  const found = forecast(outlook, nothing)
  expect([found.experiments, found.hours, found.agentUsd, found.gpuUsd]).toEqual([null, null, null, null])
  expect(forecastLines(found)).toEqual([
    'at most 8 h 00 min; the time of an experiment is not known: no earlier session made the same runs here with this agent',
    'the cost of claude (opus) is not known: no earlier session recorded one',
    'at most $40.00 for GPUs: 2 at $2.5 an hour each',
  ])
})

test('of a session that makes the baseline alone, nothing is said of proposals', () => {
  const limits = { seconds: null, experiments: 0, usd: null }
  const lines = (earlier: typeof known) => forecastLines(forecast({ ...outlook, limits, confirmRuns: 0 }, earlier))
  const [baseline, gpus, ...more] = lines(nothing)
  expect(baseline).toBe('the baseline only: no experiment, and no proposal of an agent')
  expect(gpus).toMatch(/^GPUs: /)
  expect(more).toEqual([])
  expect(lines(known).join('\n')).not.toMatch(/proposal of claude/)
})

test('a forecast is a range for each amount, with what it rests on', () => {
  const found = forecast({ ...outlook, mayEndEarlier: true }, known)
  // Eight hours less confirm and baseline hold 71 experiments of 360 s.
  expect(found.experiments?.middle).toBeGreaterThan(65)
  expect(found.experiments?.middle).toBeLessThan(78)
  expect(found.hours?.high).toBeLessThanOrEqual(8)
  expect(found.gpuUsd?.high).toBeCloseTo(5 * (found.hours?.high ?? 0))
  const [time, agents, gpus, meaning] = forecastLines(found)
  expect(time).toMatch(
    /^\d+ to \d+ experiments \(\d+ to \d+ runs\) in 7 h \d\d min to [78] h \d\d min, by 150 experiments of 3 earlier sessions$/,
  )
  expect(agents).toMatch(
    /^\$\d\.\d\d to \$\d+\.\d\d for agents: \$0\.\d+ to \$0\.\d+ a proposal of claude \(opus\), by 150 experiments of 3 earlier sessions$/,
  )
  expect(gpus).toMatch(/^\$3\d\.\d\d to \$(39|40)\.\d\d for GPUs: 2 at \$2.5 an hour each$/)
  expect(meaning).toBe('ranges hold in 8 of 10 sessions, if neither patience nor the target ends it earlier')
})

test('a session without a stop rule has no total, but an amount an experiment', () => {
  const found = forecast(
    { ...outlook, limits: { seconds: null, experiments: null, usd: null }, gpuUsdHour: null },
    known,
  )
  expect(found.experiments).toBeNull()
  const [time, agents] = forecastLines(found)
  expect(time).toMatch(/^\d min \d\d s to \d min \d\d s an experiment, by 150 experiments of 3 earlier sessions$/)
  expect(agents).toMatch(/^\$0\.\d+ to \$0\.\d+ a proposal of claude/)
})

test('the tuner costs nothing, and GPUs are forecast all the same', () => {
  const found = forecast({ ...outlook, agent: 'tuner', isPaid: false }, known)
  expect(found.agentUsd).toEqual({ low: 0, middle: 0, high: 0 })
  expect(forecastLines(found)[1]).toBe('tuner costs nothing')
  expect(found.gpuUsd?.low).toBeGreaterThan(0)
})

test('of an agent whose cost is not known, it is not known when cost_usd ends the session', () => {
  const limits = { ...outlook.limits, usd: 5 }
  expect(forecast({ ...outlook, limits }, { ...known, cost: none }).experiments).toBeNull()
})

test('what the session has done and spent so far is part of the whole, and makes the rest less uncertain', () => {
  const half = { experiments: 35, seconds: 4 * 3600, runs: 37, agentUsd: 2.8, gpuUsd: 20 }
  const later = forecast(
    { ...outlook, done: half, baselineRuns: { first: 0, further: 1 } },
    { ...known, cost: { ...known.cost, own: Array(35).fill(0.08) }, pace: { ...known.pace, own: Array(35).fill(400) } },
  )
  const width = (range: { low: number; high: number } | null) => (range?.high ?? Number.NaN) - (range?.low ?? 0)
  expect(later.agentUsd?.low).toBeGreaterThan(2.8)
  expect(width(later.agentUsd)).toBeLessThan(width(forecast(outlook, known).agentUsd) / 2)
  expect(forecastLines(later)[0]).toMatch(/by 150 experiments of 3 earlier sessions and 35 of this one$/)
})
