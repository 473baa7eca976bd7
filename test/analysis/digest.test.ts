import { expect, test } from 'vitest'
import { digest } from '../../scripts/analysis/digest.ts'
import { digestSchema } from '../../scripts/analysis/schema.ts'
import type { Experiment, Look } from '../../scripts/record/schema.ts'
import { buildExperiment, buildSession, confirmRun, exampleSession, maximise, sha } from '../helpers/exampleRecords.ts'

const none = new Map<number, string>()

test('the example session gives the numbers computed by hand', () => {
  const { session, experiments, patches } = exampleSession()
  const facts = digestSchema.parse(digest(session, experiments, patches))
  expect(facts.bestSingleRun).toMatchObject({ baseline: 2.42, best: 2.28, experiment: 4 })
  expect(facts.bestSingleRun?.gain).toBeCloseTo(0.14, 12)
  expect(facts.confirmed).toMatchObject({ seeds: 2, plannedRuns: 2, verdict: 'better' })
  expect(facts.confirmed?.gain).toBeCloseTo(0.134, 12)
  expect(facts.holdout?.gain).toBeCloseTo(0.12, 12)
  expect(facts.gap?.gain).toBeCloseTo(0.014, 12)
  expect(facts.gap?.verdict).toBe('smaller')
  expect(facts.counts).toEqual({
    keep: 4,
    discard: 2,
    crash: 1,
    timeout: 1,
    refused: 1,
    conflict: 0,
    aborted: 0,
    unknown: 0,
  })
  // The baseline's three runs, with a spread of 0.003, and confirm's two of each tree.
  expect(facts.noise).toMatchObject({ runs: 7, df: 4 })
  const sigma = facts.noise?.sigma ?? 0
  expect(sigma).toBeCloseTo(0.002345207879911741, 12)
  expect(facts.detectable).toBeCloseTo(sigma * Math.sqrt(8), 12)
})

test('the interval pools the confirm runs with the session by degrees of freedom', () => {
  const { session, experiments, patches } = exampleSession()
  const { confirmed } = digest(session, experiments, patches)
  // Confirm: (1 + 1 + 1 + 1)e-6 over 2 degrees of freedom; session: 2 degrees at 9e-6. The first look
  // may err in 2/3 of 5%: t(1 − 1/60, 4) = 3.186316. The baseline's seeds 2 and 3 count on its side.
  const half = 3.186316 * Math.sqrt(((4e-6 + 18e-6) / 4) * (1 / 4 + 1 / 2))
  expect(confirmed?.interval[0]).toBeCloseTo(0.134 - half, 8)
  expect(confirmed?.interval[1]).toBeCloseTo(0.134 + half, 8)
})

test('kept changes are sorted by gain, with their share of all gains', () => {
  const { session, experiments, patches } = exampleSession()
  const { kept } = digest(session, experiments, patches)
  expect(kept.map(k => k.experiment)).toEqual([1, 4, 8])
  expect(kept[0]?.share).toBeCloseTo(0.12 / 0.14, 12)
  expect(kept.reduce((sum, k) => sum + (k.share ?? 0), 0)).toBeCloseTo(1, 12)
  expect(kept.map(k => k.label)).toEqual(['too few runs', 'too few runs', 'unproven'])
})

test('dead ends are sorted worst first, failures by the order of the session', () => {
  const { session, experiments, patches } = exampleSession()
  const facts = digest(session, experiments, patches)
  expect(facts.deadEnds.map(d => [d.experiment, d.delta])).toEqual([
    [2, -0.2],
    [7, -0.001],
  ])
  expect(facts.failures.map(f => f.status)).toEqual(['crash', 'timeout', 'refused'])
})

test('the head is the keep with the last verdict, even if another keep has a higher number', () => {
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 2.4 }),
    buildExperiment(2, { status: 'keep', metric: 2.2 }),
    buildExperiment(1, { status: 'keep', metric: 2.1 }),
  ]
  expect(digest(buildSession(), experiments, none).bestSingleRun).toMatchObject({ experiment: 1, best: 2.1 })
})

test('a discard without a decision, such as one over a limit, is compared with its parent', () => {
  const experiments = [buildExperiment(0, { status: 'keep', metric: 2.4 }), buildExperiment(1, { metric: 2.1 })]
  expect(digest(buildSession(), experiments, none).deadEnds[0]?.delta).toBeCloseTo(0.3, 12)
})

test("the session's confirm runs confirm or refute a sole keep", () => {
  const word = (head: number) => {
    const runs = (of: number, values: number[]) => values.map((value, i) => confirmRun(i + 2, value, null, 100 + i, of))
    const baseline = buildExperiment(0, { status: 'keep', metric: 2.4 })
    const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 })
    const experiments = [
      { ...baseline, runs: [...baseline.runs, ...runs(0, [2.4, 2.401, 2.402])] },
      { ...keep, runs: [...keep.runs, ...runs(1, [head, head + 0.001, head + 0.002])] },
    ]
    return digest(buildSession(), experiments, none).kept[0]?.label
  }
  expect(word(2.3)).toBe('confirmed')
  expect(word(2.5)).toBe('refuted')
  expect(word(2.4)).toBe('too few runs')
})

test('a higher value is a gain when the goal is to maximise', () => {
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 0.9 }),
    buildExperiment(1, { status: 'keep', metric: 0.95, gain: 0.05 }),
  ]
  const facts = digest(buildSession({ metric: maximise }), experiments, none)
  expect(facts.bestSingleRun?.gain).toBeCloseTo(0.05, 12)
  expect(facts.confirmed).toBeNull()
  expect(facts.next.command).toBe('npx pnpm confirm 2026-11-20-cpu-abcd-nov20')
})

test('one confirm run per tree confirms nothing without σ', () => {
  const baseline = buildExperiment(0, { status: 'keep', metric: 2.4 })
  const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 })
  const experiments = [
    { ...baseline, runs: [...baseline.runs, confirmRun(2, 2.40001, null, 100)] },
    { ...keep, runs: [...keep.runs, confirmRun(2, 2.30001, null, 110, 1)] },
  ]
  expect(digest(buildSession(), experiments, none).confirmed).toBeNull()
  const noise = { sigma: 0.01, interval: null, df: 4, runs: 5, earlier: [] }
  expect(digest(buildSession({ noise }), experiments, none).confirmed?.verdict).toBe('better')
})

test('failed confirm runs are ignored', () => {
  const { session, experiments, patches } = exampleSession()
  const head = experiments.at(-1)
  if (!head) throw new Error('The example has a head.')
  const crashed = { ...head, runs: [...head.runs, confirmRun(6, null, null, 160, 8)] }
  const facts = digest(session, [...experiments.slice(0, -1), crashed], patches)
  expect(facts.confirmed?.gain).toBeCloseTo(0.134, 12)
  expect(facts.confirmed?.seeds).toBe(2)
})

test('a session without a measured baseline has no best single run', () => {
  const facts = digest(buildSession(), [buildExperiment(0, { status: 'crash' })], none)
  expect(digestSchema.parse(facts)).toMatchObject({ bestSingleRun: null, confirmed: null, noise: null, kept: [] })
  expect(digestSchema.parse(digest(buildSession({ endedAt: null, stop: null }), [], none))).toMatchObject({
    bestSingleRun: null,
    experiments: 0,
  })
})

test('tokens and cost are summed over the experiments that record them', () => {
  const agent = (tokens: number | null, costUsd: number | null) => ({
    use: 'claude',
    model: null,
    seconds: 1,
    tokens,
    costUsd,
  })
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 2.4 }),
    buildExperiment(1, { agent: agent(1000, 0.5) }),
    buildExperiment(2, { agent: agent(500, null) }),
  ]
  expect(digest(buildSession(), experiments, none)).toMatchObject({ tokens: 1500, costUsd: 0.5 })
  expect(digest(buildSession(), experiments.slice(0, 1), none)).toMatchObject({ tokens: null, costUsd: null })
})

/** A baseline, a clear keep and an uncertain keep, which was ablated on the seeds of the head's confirm runs. */
function ablatedSession(without: (number | null)[], looks: Look[]): Experiment[] {
  const runs = (of: number, values: number[]) => values.map((value, i) => confirmRun(i + 2, value, null, 100 + i, of))
  const [first, plain, head] = [
    buildExperiment(0, { status: 'keep', metric: 2.4 }),
    buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 }),
    buildExperiment(2, { status: 'keep', metric: 2.299, gain: 0.001, parent: { number: 1, commit: sha(1) } }),
  ]
  const ablations = without.map((value, i) => ({
    ...confirmRun(i + 5, value, null, 200 + i),
    purpose: 'ablate' as const,
    seed: 1002 + i,
    commit: sha(77),
  }))
  return [
    { ...first, runs: [...first.runs, ...runs(0, [2.4, 2.401, 2.402])] },
    plain,
    { ...head, runs: [...head.runs, ...runs(2, [2.31, 2.311, 2.312]), ...ablations], looks },
  ]
}

const ablation = (over: Partial<Look> = {}): Look => ({
  purpose: 'ablate',
  head: 2,
  commit: sha(77),
  pairs: 3,
  why: null,
  ...over,
})

test('an ablated change is worth the difference on the seeds that both trees ran', () => {
  const noise = { sigma: 0.001, interval: null, df: 4, runs: 5, earlier: [] }
  const kept = (without: (number | null)[]) =>
    digest(buildSession({ noise }), ablatedSession(without, [ablation()]), none).kept.find(k => k.experiment === 2)
  expect(kept([2.33, 2.331, 2.332])).toMatchObject({ label: 'confirmed', ablation: { seeds: 3, verdict: 'better' } })
  expect(kept([2.33, 2.331, 2.332])?.ablation?.gain).toBeCloseTo(0.02, 12)
  expect(kept([2.29, 2.291, 2.292])?.label).toBe('refuted')
  expect(kept([2.31, 2.311, 2.312])).toMatchObject({ label: 'too few runs', ablation: { verdict: 'inconclusive' } })
  // A crashed run removes its seed from both sides.
  const paired = kept([2.33, null, 2.332])?.ablation
  expect(paired?.seeds).toBe(2)
  expect(paired?.baseline).toBeCloseTo(2.331, 12)
  expect(paired?.head).toBeCloseTo(2.311, 12)
})

test('a change that cannot be removed has a reason, and ablation runs do not count as runs of the session', () => {
  const stuck = [ablation({ commit: null, pairs: 0, why: 'later changes rest on the same lines of train.py' })]
  const facts = digest(buildSession(), ablatedSession([], stuck), none)
  expect(facts.kept.find(k => k.experiment === 2)).toMatchObject({ ablation: null, ablationError: stuck[0]?.why })
  const ran = digest(buildSession(), ablatedSession([2.5, 2.6, 2.7], [ablation()]), none)
  expect(ran.noise).toEqual(facts.noise)
  expect(ran.time.training).toBe(facts.time.training)
  expect(ran.drift).toEqual([])
})

test('earlier looks widen the interval, and the present look need not be recorded', () => {
  const half = (looks: number[]) => {
    const made = looks.map(pairs => ({ ...ablation({ pairs, commit: sha(2) }), purpose: 'confirm' as const }))
    const { confirmed } = digest(buildSession(), ablatedSession([], made), none)
    return [confirmed?.looks, ((confirmed?.interval[1] ?? 0) - (confirmed?.interval[0] ?? 0)) / 2] as const
  }
  expect(half([3])).toEqual(half([]))
  expect(half([2, 3])[0]).toBe(2)
  expect(half([2])).toEqual(half([2, 3]))
  expect(half([2])[1]).toBeGreaterThan(1.1 * half([])[1])
})
