import { expect, test } from 'vitest'
import { checkReplication } from '../../../bench/judge/replication.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

test('in simulation nothing is said of a change without effect, though each head was picked among many', () => {
  // 250 pairs of sessions: were something said of one in ten, the limit would be passed 99 times in 100.
  const rows = checkReplication(0.01, createRandom(2)).filter(row => row.asked)
  const [hits, cases] = rows.reduce(([h, n], row) => [h + row.value * row.cases, n + row.cases], [0, 0])
  expect(hits / cases).toBeLessThan(0.05)
})
