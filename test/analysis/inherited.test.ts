/** What is said of a session that starts from another's final. */
import { expect, test } from 'vitest'
import { secondsAllowed } from '../../scripts/analysis/budget.ts'
import { digest } from '../../scripts/analysis/digest.ts'
import { inheritedSentences } from '../../scripts/analysis/inherited.ts'
import type { Experiment, Run } from '../../scripts/record/schema.ts'
import { buildExperiment, buildRun, buildSession, sha } from '../helpers/exampleRecords.ts'

const from = '2026-11-19-h200-abcd-nov19'
const confirmedThere = { gain: 0.0282, interval: [0.0252, 0.0312] as [number, number], baseline: 0.9979 }
const session = buildSession({
  metric: { name: 'val_bpb', goal: 'minimize', unit: null, holdout: null },
  inherited: {
    session: from,
    machine: 'NVIDIA H200',
    budget: 300,
    experiments: [3, 7],
    isFinal: true,
    confirmed: confirmedThere,
    base: sha(99),
    descriptions: ['WIDTH 384 → 512', 'LR 0.02 → 0.04'],
  },
})

const origin = (metric: number | null, over: Partial<Run> = {}) =>
  buildRun(metric, { purpose: 'origin', commit: sha(99), k: 2, ...over })
const confirm = (commit: string, metric: number, seed: number) => buildRun(metric, { purpose: 'confirm', commit, seed })

/** A baseline of 0.97 with these runs besides its own, and a kept change to 0.96. */
const recorded = (runs: Run[], ofHead: Run[] = []): Experiment[] => {
  const baseline = buildExperiment(0, { status: 'keep', metric: 0.97 })
  const head = buildExperiment(1, { status: 'keep', metric: 0.96, gain: 0.01 })
  return [
    { ...baseline, runs: [...baseline.runs, ...runs] },
    { ...head, runs: [...head.runs.map(run => ({ ...run, commit: sha(1) })), ...ofHead] },
  ]
}

const said = (experiments: Experiment[]) => inheritedSentences(digest(session, experiments, new Map()))

test('what was measured in this session and what the other session recorded are told apart', () => {
  const { from: first, there } = said(recorded([])) ?? {}
  expect(first).toBe(
    `This session starts from the final of ${from} (NVIDIA H200): 2 changes are inherited, found by that session and not by this one.`,
  )
  expect(there).toBe(
    "By that session's own records their gain there on NVIDIA H200 with 300 s of training a run was −0.0282 ± 0.0030 val_bpb (95% interval); nothing of that was measured in this session.",
  )
  const { inherited } = session
  const unconfirmed = { ...session, inherited: inherited && { ...inherited, confirmed: null } }
  expect(inheritedSentences(digest(unconfirmed, recorded([]), new Map()))?.there).toContain('not confirmed there')
  expect(inheritedSentences(digest(buildSession(), recorded([]), new Map()))).toBeNull()
})

test('single runs are called so, and an original baseline that fails or is not run yet gives no gain', () => {
  expect(said(recorded([origin(0.99)]))?.gains).toBe(
    'The inherited changes, in a single run on each side in this session: val_bpb 0.9900 → 0.9700 (−0.0200), not confirmed. From the original baseline to the best single run: 0.9900 → 0.9600, in part luck.',
  )
  expect(said(recorded([origin(null)]))?.gains).toMatch(
    /^The original baseline did not run in this session \(crash: exit code 1: ValueError: no\), so gains/,
  )
  expect(said(recorded([]))?.gains).toMatch(/^The original baseline has not been run yet/)
})

test("with confirm's runs both gains have intervals, and an inconclusive one is called so", () => {
  const seeds = [1001, 1002, 1003]
  const runs = seeds.flatMap((seed, i) => [
    origin(0.99 + 0.0001 * i, { seed }),
    confirm(sha(0), 0.97 - 0.0001 * i, seed),
  ])
  const ofHead = seeds.map((seed, i) => confirm(sha(1), 0.97 + 0.0001 * (i - 1), seed))
  const { gains } = said(recorded([origin(0.99), ...runs], ofHead)) ?? {}
  expect(gains).toMatch(/^From the original baseline: val_bpb 0\.990\d → 0\.9700, −0\.020\d* ± [\d.]+, confirmed \(95%/)
  expect(gains).toMatch(/what this session added: .\d?[\d.]+ ± [\d.]+, inconclusive\.$/)
})

test('runs of the original baseline say nothing of how long a run of the session may take', () => {
  const [baseline] = recorded([origin(0.99, { seconds: 20 })])
  const own = secondsAllowed(session, baseline?.runs.slice(0, 1) ?? [], false)
  expect(own).not.toBeNull()
  expect(secondsAllowed(session, baseline?.runs ?? [], false)).toBe(own)
})
