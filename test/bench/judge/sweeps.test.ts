import { expect, test } from 'vitest'
import { shareKept } from '../../../bench/judge/sweeps.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

const policy = { lineCost: 0.1, repeat: 'never' } as const
const cases = 300

test.each([
  ['one run each', { name: '', experiments: 3, slots: 1, policy }],
  [
    'a further run of the best',
    { name: '', experiments: 3, slots: 1, policy: { ...policy, repeat: 'marginal' as const } },
  ],
  ['pairs', { name: '', experiments: 2, slots: 1, policy, pairs: 6 }],
])(
  'a set without effect is kept no more often than a single change, and a real effect is found, with %s',
  (_, kind) => {
    const share = (size: number, effect: number) => shareKept(kind, size, effect, cases, createRandom(20261128)) / cases
    const single = share(1, 0)
    for (const size of [3, 16]) {
      expect(share(size, 0)).toBeLessThanOrEqual(single + 0.06)
      expect(share(size, 4)).toBeGreaterThan(single + 0.2)
    }
  },
)
