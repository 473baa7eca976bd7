import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { nightshift } from '../helpers/throwaway.ts'
import { checkAgreement, folderOf, gated, open, session } from './gated.ts'
import { playFrom } from './session/faults.ts'

const answer = (sweep: unknown) => `echo '${JSON.stringify({ description: 'a sweep', sweep })}'`
// The second names no constant, and is asked for again.
const steps = [answer({ A: [1, 3, 2, 0] }), answer({ LR: [1, 2] }), answer({ B: [0, 1], C: [0, 1] })]

test.each([1, 4])(
  'with %i slots a sweep and a grid are each judged once, and only their best is kept',
  {
    timeout: 60_000,
  },
  async slots => {
    const root = await gated('', steps, 'proposers: 1\n', slots)
    const result = await session(root, ['--experiments', '6', '--seeds', '2'])
    expect(result.exitCode, result.stderr).toBe(0)
    await checkAgreement(root)
    const { experiments } = await open(root)
    const members = experiments.slice(1)
    // The best of each comes last.
    expect(members.map(e => e.status)).toEqual(['discard', 'discard', 'keep', 'discard', 'discard', 'keep'])
    expect(members[2]).toMatchObject({ number: 2, sweep: { first: 1, size: 3, values: { A: 3 } }, metric: 9.700091 })
    expect(members[5]).toMatchObject({
      number: 6,
      sweep: { first: 4, size: 3, values: { B: 1, C: 1 } },
      metric: 9.500091,
    })
    expect(members.map(e => e.decision?.among?.best)).toEqual([2, 2, 2, 6, 6, 6])
    expect(members[0]?.reason).toMatch(/better than 10.00009; of the 3 measured in its sweep 0002 is the best/)
    expect(members[2]?.reason).toMatch(/better than 10.00009, above the \S+ required of the best of 3 values/)
    expect(members[0]?.sweep?.leftOut).toEqual([{ values: { A: 0 }, why: 'it is what the head has' }])
    expect(members[0]?.description).toBe('A 0 → 1: a sweep')
    // The agent's time counts once.
    expect(members.filter(e => (e.agent.seconds ?? 0) > 0).map(e => e.number)).toEqual([1, 4])
    expect(result.stderr).toContain('0001 to 0003: 3 points of A; left out 0 (it is what the head has)')
    expect(result.stderr).toContain('its sweep names LR, which is no top-level constant of train.js; retrying')
  },
)

const killedAt = (root: string, failpoint: string) =>
  nightshift(root, 'session', ['--program', 'program.md', '--tag', 'try', '--experiments', '3', '--seeds', '1'], {
    NIGHTSHIFT_FAILPOINT: failpoint,
  })

test.each([
  ['before sweep', 0],
  ['after sweep', 1],
  ['after run-finished:4', 1],
  ['judged:2', 1],
])('a session that is killed %s loses and doubles no member of its sweep', { timeout: 60_000 }, async (point, made) => {
  const root = await gated('', steps, '', 0)
  expect((await killedAt(root, point)).signal).toBe('SIGKILL')
  await playFrom(root, made)
  const result = await session(root, ['--resume', basename(await folderOf(root))])
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  const { experiments } = await open(root)
  expect(experiments.map(e => e.status)).toEqual(['keep', 'discard', 'discard', 'keep'])
})

test('a session that ends before a sweep is measured judges what is measured of it', { timeout: 60_000 }, async () => {
  const root = await gated('', steps, '', 0)
  expect((await killedAt(root, 'after run-finished:3')).signal).toBe('SIGKILL')
  await playFrom(root, 1)
  const result = await session(root, ['--resume', basename(await folderOf(root)), '--experiments', '0'])
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).toContain('0001 to 0003: 1 of 3 are not measured, the others are judged')
  const { experiments } = await open(root)
  expect(experiments.map(e => [e.number, e.status, e.decision?.among?.measured])).toEqual([
    [0, 'keep', undefined],
    [3, 'aborted', undefined],
    [1, 'discard', 2],
    [2, 'keep', 2],
  ])
})
