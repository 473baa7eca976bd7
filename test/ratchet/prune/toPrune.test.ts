import { expect, test } from 'vitest'
import { type PruneEvidence, toPrune } from '../../../scripts/ratchet/prune/toPrune.ts'

const change = (experiment: number, over: Partial<PruneEvidence>): PruneEvidence => ({
  experiment,
  pReal: 0.9,
  gain: 0.01,
  linesAdded: 1,
  linesRemoved: 1,
  ...over,
})

test('keeps with P(real) under 40% are taken out, except simplifications and keeps whose P(real) is unknown', () => {
  const kept = [
    change(1, {}),
    change(2, { pReal: 0.39 }),
    change(3, { pReal: 0.4 }),
    change(4, { pReal: 0.1, linesAdded: 0, linesRemoved: 2 }),
    change(5, { pReal: 0.1, gain: 0 }),
    change(6, { pReal: 0.1, gain: -0.001 }),
    change(7, { pReal: null }),
    change(8, { pReal: 0.2, linesAdded: null, linesRemoved: null }),
  ]
  expect(toPrune(kept).map(k => k.experiment)).toEqual([2, 8])
})
