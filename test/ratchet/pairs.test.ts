import { expect, test } from 'vitest'
import { headFailure, judgePairs, nextOfPair, pairsInBudget } from '../../scripts/ratchet/pairs.ts'
import type { Candidate } from '../../scripts/record/journal.ts'
import type { Run } from '../../scripts/record/schema.ts'
import type { State } from '../../scripts/record/state.ts'

const [own, head] = ['a'.repeat(40), 'b'.repeat(40)]
const candidate = {
  number: 3,
  commit: own,
  parent: { number: 1, commit: head },
  linesAdded: 1,
  linesRemoved: 1,
} as Candidate
const run = (purpose: Run['purpose'], seed: number, metric: number, more: Partial<Run> = {}): Run => ({
  k: 1,
  purpose,
  seed,
  commit: purpose === 'opponent' ? head : own,
  startedAt: '2026-01-01T10:00:00.000Z',
  seconds: 30,
  outcome: 'ok',
  why: null,
  metric,
  holdout: null,
  summary: {},
  ...more,
})
const stateOf = (runs: Run[], continuedAt: string | null = null) =>
  ({ open: new Map([[3, runs]]), continuedAt }) as State

test('as many pairs as the budget holds, in whole rounds, 4 to 20', () => {
  expect([1, 10, 24, 27, 1000].map(budget => pairsInBudget(budget, 1))).toEqual([4, 4, 12, 12, 20])
  expect(pairsInBudget(300, 310)).toBe(4)
})

test('the order is candidate, head, head, candidate', () => {
  const waiting = (purpose: Run['purpose'], seed: number) => run(purpose, seed, 1)
  const next = (finished: number, half: Run | null, runs: Run[] = [run('candidate', 1, 1)]) => {
    const { purpose, commit, seed } = nextOfPair(candidate, finished, half, { state: stateOf(runs), slots: [0] })
    return [purpose, commit, seed]
  }
  expect(next(0, null, [])).toEqual(['candidate', own, 1])
  expect(next(0, waiting('candidate', 1))).toEqual(['opponent', head, 1])
  expect(next(1, null)).toEqual(['opponent', head, 2])
  expect(next(1, waiting('opponent', 2))).toEqual(['repeat', own, 2])
  expect(next(2, null)).toEqual(['repeat', own, 3])
})

test('a pair that a long interruption split is made anew; after a short one its second run follows', () => {
  const half = run('candidate', 1, 1)
  const next = (continuedAt: string, slots = 1) =>
    nextOfPair(candidate, 0, half, { state: stateOf([half], continuedAt), slots: Array.from({ length: slots }) })
      .purpose
  expect(next('2026-01-01T10:01:20.000Z')).toBe('opponent')
  expect(next('2026-01-01T10:01:40.000Z')).toBe('repeat')
  // With several slots it may go on in another one.
  expect(next('2026-01-01T10:00:40.000Z', 2)).toBe('repeat')
  expect(next('2026-01-01T09:59:00.000Z', 2)).toBe('opponent')
})

test('a head that fails is run again; after three failures the candidate is aborted', () => {
  const failed = run('opponent', 1, 0, { metric: null, outcome: 'timeout', why: 'killed' })
  const first = run('candidate', 1, 1)
  expect(headFailure([first, failed, failed])).toBeNull()
  expect(headFailure([first, failed, failed, run('opponent', 1, 1)])).toBeNull()
  expect(headFailure([first, failed, failed, failed])).toMatchObject({ status: 'aborted' })
  expect(headFailure([first, { ...failed, outcome: 'aborted' }])).toMatchObject({ status: 'aborted' })
})

test('the pairs decide, not the values of another time; small losses are counted from the best sum of gains', () => {
  const policy = { lineCost: 0.1, repeat: 'never' as const }
  const pairs = (gain: number) =>
    [0, 20, 40, 60].flatMap((drift, i) => [
      run(i === 0 ? 'candidate' : 'repeat', i + 1, 100 + drift - gain - (i % 2) / 10),
      run('opponent', i + 1, 100 + drift),
    ])
  const kept = (number: number, gain: number) => ({
    number,
    status: 'keep',
    decision: { gain },
    runs: [],
    commit: null,
  })
  const judge = (gain: number, before: unknown[] = [], lines = { linesAdded: 1, linesRemoved: 1 }) =>
    judgePairs(before as never, { ...candidate, ...lines, runs: pairs(gain) }, 4, { goal: 'minimize', policy }).decision
  expect(judge(1)).toMatchObject({ verdict: 'keep', pairs: { count: 4 }, gain: expect.closeTo(1.05, 9) })
  expect(judge(-1)?.verdict).toBe('discard')
  expect(judge(1)?.reason).toMatch(/^It is 1\.05\d* better than the head in 4 pairs run side by side \(95% ± [\d.]+\)$/)
  const shorter = { linesAdded: 0, linesRemoved: 50 }
  expect(judge(-0.08, [kept(0, 0), kept(1, 3)], shorter)?.verdict).toBe('keep')
  expect(judge(-0.08, [kept(0, 0), kept(2, 3), kept(1, -0.5)], shorter)?.verdict).toBe('discard')
  const half = judgePairs([], { ...candidate, runs: pairs(1).slice(0, 5) }, 4, { goal: 'minimize', policy })
  expect(half).toMatchObject({ decision: null, finished: 2 })
})
