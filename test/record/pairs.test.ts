import { expect, test } from 'vitest'
import { gainsOfPairs, pairsIn } from '../../scripts/record/pairs.ts'
import type { Run } from '../../scripts/record/schema.ts'

const [own, head] = ['a'.repeat(40), 'b'.repeat(40)]
const run = (
  purpose: Run['purpose'],
  seed: number,
  metric: number | null,
  commit = purpose === 'opponent' ? head : own,
): Run => ({
  k: 1,
  purpose,
  seed,
  commit,
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 1,
  outcome: metric === null ? 'crash' : 'ok',
  why: null,
  metric,
  holdout: null,
  summary: {},
})

test('runs of candidate and head on one seed are a pair, in either order', () => {
  const runs = [run('candidate', 1, 5), run('opponent', 1, 6), run('opponent', 2, 8), run('repeat', 2, 6)]
  const { pairs, half } = pairsIn(runs, own)
  expect(pairs).toEqual([
    { candidate: 5, head: 6 },
    { candidate: 6, head: 8 },
  ])
  expect(half).toBeNull()
  expect(gainsOfPairs(pairs, 'minimize')).toEqual([1, 2])
  expect(gainsOfPairs(pairs, 'maximize')).toEqual([-1, -2])
})

test('a failed run of the head, a half pair made anew and runs of an earlier tree count for nothing', () => {
  const earlier = [run('candidate', 1, 1, 'c'.repeat(40)), run('opponent', 1, 1)]
  const runs = [
    ...earlier,
    run('candidate', 1, 5),
    run('opponent', 1, null),
    run('repeat', 1, 4),
    run('opponent', 1, 6),
  ]
  expect(pairsIn(runs, own)).toEqual({ pairs: [{ candidate: 4, head: 6 }], half: null })
  const waiting = run('opponent', 2, 8)
  expect(pairsIn([...runs, waiting], own)).toEqual({ pairs: [{ candidate: 4, head: 6 }], half: waiting })
  expect(pairsIn(earlier, own)).toEqual({ pairs: [], half: null })
  // Runs after the verdict are of other seeds, or confirm's.
  expect(pairsIn([...runs, run('repeat', 9, 3), run('confirm', 1001, 3)], own).pairs).toHaveLength(1)
})
