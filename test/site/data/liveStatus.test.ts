/** The live status of a running session. */
import { expect, test } from 'vitest'
import type { Status } from '../../../scripts/status/status.ts'
import {
  type LiveSession,
  leftSentence,
  liveLossCaption,
  progressSentences,
  slotLines,
} from '../../../site/data/session/liveStatus.ts'
import { view } from '../../../site/data/view.ts'
import { simulate } from '../../helpers/exampleSessions.ts'

const { session, experiments } = simulate({ id: '2026-11-21-h100-kqzt-now', experiments: 12, running: true })
const made = { kind: 'session' as const, id: session.id, folder: '', digest: null, report: null, prose: null }

const run = {
  k: 1,
  purpose: 'candidate',
  slot: 0,
  pair: null,
  node: null,
  waits: false,
  elapsedSeconds: 151.4,
  budgetSeconds: 300,
}
const state: Status = {
  id: session.id,
  state: 'running',
  alive: true,
  resume: null,
  reason: null,
  result: null,
  inherited: null,
  replicates: null,
  report: null,
  forecast: null,
  elapsedSeconds: 3600,
  running: [],
  engine: null,
  waiting: 0,
  experiments: 11,
  kept: 3,
  metric: 'val_bpb',
  goal: 'minimize',
  baseline: 0.9979,
  gain: 0.0123,
  head: { experiment: 7, value: 0.9856, description: 'HEADS', pReal: 0.93 },
  noise: null,
  sandbox: null,
  experimentsPerHour: 11.04,
  busy: 0.96,
  gpu: true,
  gpuFindings: [],
  left: [],
  outages: [],
  published: [],
  notified: [],
  hookFailures: [],
  final: null,
  last: [],
  agent: { agent: 'claude', failures: 0, last: null },
}
const liveSession = (changes: Partial<Status>, ended: Partial<typeof session> = {}): LiveSession => ({
  view: view({ ...made, session: { ...session, ...ended }, experiments }),
  state: { ...state, ...changes },
  loss: [],
})
const said = (p: LiveSession) => slotLines(p).map(({ doing, what }) => [doing, what])

test('each slot shows what it trains and why', () => {
  const running = [
    { ...run, experiment: 43, description: 'MATRIX_LR to 0.06' },
    { ...run, experiment: 7, slot: 1, purpose: 'drift', description: null },
  ]
  expect(said(liveSession({ running }))).toEqual([
    ['Slot 0: Experiment 43 trains', 'MATRIX_LR to 0.06'],
    ['Slot 1: Experiment 7 trains again, to see whether the machine drifts', null],
  ])
  expect(slotLines(liveSession({ running: running.slice(0, 1) }))).toEqual([
    { doing: 'Experiment 43 trains', clock: { elapsed: 151.4, budget: 300 }, what: 'MATRIX_LR to 0.06' },
  ])
})

test('the status says when the session is between runs, interrupted or ended', () => {
  expect(said(liveSession({}))).toEqual([['Between two runs', 'claude is thinking']])
  expect(said(liveSession({ waiting: 2 }))).toEqual([['Between two runs', 'two candidates made ready']])
  const dead = liveSession({ state: 'interrupted', alive: false, resume: 'npx pnpm session resume x' })
  expect(said(dead)).toEqual([['Interrupted, goes on with', 'npx pnpm session resume x']])
  const paused = { state: 'paused', resume: 'npx pnpm session resume x' }
  expect(said(liveSession(paused))).toEqual([['Paused, goes on with', 'npx pnpm session resume x']])
  const last = [{ ...run, experiment: 43, description: null }]
  expect(said(liveSession({ ...paused, running: last }))).toEqual([['Experiment 43 trains', null]])
  const stop = { kind: 'until', detail: 'It is 07:00.' }
  expect(said(liveSession({ state: 'until', alive: false }, { stop, endedAt: '2026-11-22T07:00:10Z' }))).toEqual([
    ['Ended at 07:00 UTC', 'It is 07:00.'],
  ])
})

test('progress, remaining budget, agent outages and what uses the GPU are shown', () => {
  const outage = {
    agentIndex: 0,
    use: 'claude',
    kind: 'limit',
    detail: '',
    startedAt: '2026-11-22T03:12:00Z',
    endedAt: null,
  }
  const p = liveSession({
    outages: [{ ...outage, tries: 2, experiments: 6, retryInSeconds: 240 }],
    gpuFindings: ['Another process was on the GPU.'],
    left: [
      { rule: 'until', limit: '07:00', left: 7800, seconds: 7800 },
      { rule: 'experiments', limit: 50, left: 31, seconds: 10_860 },
    ],
  })
  const [progress, down, gpu] = progressSentences(p, new Date('2026-11-22T03:32:30Z'))
  expect(progress).toMatch(
    /^Best so far: −0\.0123 in val_bpb by experiment 7, P\(real\) 93%\. The baseline and eleven experiments: three kept, .*; 11 an hour, runs filled 96% of the time\.$/,
  )
  expect(down).toBe(
    'claude has been out (limit) since 03:12 UTC, 20 min 30 s; 6 experiments came from others meanwhile. Next retry in 4 min 00 s.',
  )
  expect(gpu).toBe('Another process was on the GPU.')
  expect(leftSentence(p)).toBe('Left: 2 h 10 min until 07:00; 31 of 50 experiments, about 3 h 01 min.')
  expect(progressSentences(liveSession({ experiments: 0, head: null, gain: null, baseline: null }))).toEqual([
    'No val_bpb has been measured yet.',
  ])
})

test('the current run’s loss is compared with the best’s, where they differ by more than their noise', () => {
  const falling = (noise: number, lower: number) =>
    Array.from({ length: 100 }, (_, i) => ({
      step: i,
      seconds: i / 10,
      loss: 5 - i / 50 - lower + noise * Math.sin(i * 2.39),
    }))
  const caption = (noise: number, lower: number) =>
    liveLossCaption([
      { label: 'best (7)', points: falling(noise, 0), main: false },
      { label: 'now (43)', points: falling(noise, lower).slice(0, 60), main: true },
    ])
  expect(caption(0.05, 0.1)).toMatch(/^After 6 s the smoothed loss is 0\.\d+ below that of the best so far\. /)
  expect(caption(1, 0.1)).toMatch(
    /^After 6 s the smoothed loss is not clearly different from that of the best so far\. /,
  )
  expect(liveLossCaption([{ label: 'now (43)', points: falling(0, 0).slice(0, 2), main: true }])).toMatch(
    /^4\.980 after 0 s\. /,
  )
})
