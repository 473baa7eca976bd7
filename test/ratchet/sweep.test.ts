import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { set } from '../helpers/target.ts'
import { checkAgreement, gated, open, session } from './gated.ts'

const answer = (sweep: unknown, description = 'a sweep') => `echo '${JSON.stringify({ description, sweep })}'`
const grid = { B: [0, 1], C: [0, 1] }

test.each([1, 4])(
  'with %i slots a sweep and a grid are each judged once, and only their best is kept',
  {
    timeout: 60_000,
  },
  async slots => {
    const root = await gated('', [answer({ A: [1, 3, 2, 0] }), answer({ LR: [1, 2] }), answer(grid)], '', slots)
    const result = await session(root, ['--experiments', '6', '--seeds', '2'])
    expect(result.exitCode, result.stderr).toBe(0)
    await checkAgreement(root)
    const { experiments, events } = await open(root)
    console.log(
      result.stderr,
      experiments.map(e => [e.number, e.status, e.reason, e.sweep, e.decision?.among]),
    )
  },
)
