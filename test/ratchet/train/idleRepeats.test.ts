import { expect, test } from 'vitest'
import type { SessionContext } from '../../../scripts/ratchet/session/context.ts'
import { idleRepeat } from '../../../scripts/ratchet/train/repeats.ts'
import type { RunOrder } from '../../../scripts/ratchet/train/train.ts'
import type { Experiment, Noise, Run } from '../../../scripts/record/schema.ts'
import { set } from '../../helpers/target.ts'
import { checkAgreement, checkApart, gated, open, session } from '../gated.ts'

test('while no agent answers, free slots repeat the best on seeds of its own, until one does', {
  timeout: 60_000,
}, async () => {
  const repeated = `grep -c '"run-finished".*"purpose":"repeat"' ../../../sessions/*/journal.jsonl`
  const answer = `until [ "$(${repeated})" -ge 4 ]; do sleep 0.05; done; ${set('A', '1')}`
  const root = await gated('', [...Array(6).fill('exit 1'), answer], '', 2)
  const result = await session(root, ['--experiments', '1', '--seeds', '1'])
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  await checkApart(root)
  const { experiments, events, session: record } = await open(root)
  const downs = events.flatMap(e => (e.event === 'agent-failed' ? [e] : []))
  expect(downs.map(e => e.detail)).toEqual(Array(6).fill('The command agent ended with exit code 1.'))
  // Each rest is longer than the one before, until it is the longest.
  const rests = downs.map(e => e.backoff)
  expect([...rests].sort((x, y) => x - y)).toEqual(rests)
  expect(record.outages).toEqual([expect.objectContaining({ tries: 6, experiments: 0 })])
  // The repeats are runs of the baseline; the experiment is the agent's.
  expect(experiments.map(e => e.agent.use)).toEqual([null, 'command'])
  const repeats = experiments[0]?.runs.filter(run => run.purpose === 'repeat') ?? []
  expect(repeats.length).toBeGreaterThanOrEqual(4)
  expect(record.noise?.runs).toBeGreaterThanOrEqual(5)
})

const noise: Noise = { sigma: 0.001, interval: null, df: 5, runs: 6, earlier: [] }
const run = (k: number, commit: string) => ({ k, commit, seed: k, purpose: k === 1 ? 'candidate' : 'repeat' }) as Run
const kept = (number: number, gain: number, runs: number): Experiment =>
  ({
    number,
    status: 'keep',
    metric: 1 - gain,
    commit: `c${number}`,
    decision: number === 0 ? null : { gain },
    runs: Array.from({ length: runs }, (_, i) => ({ ...run(i + 1, `c${number}`), metric: 1 - gain })),
  }) as Experiment
const sessionOf = (...experiments: Experiment[]) =>
  ({
    state: { session: { metric: { name: 'loss', goal: 'minimize' }, noise }, experiments },
  }) as unknown as SessionContext
const nobody: ReadonlySet<RunOrder> = new Set()

test('of the best and the doubtful keeps, an idle slot repeats the one with the fewest runs', () => {
  // 0001 is in doubt, 0002 is plain, 0003 is the best and plain.
  const session = (doubtful: number, best: number) =>
    sessionOf(kept(0, 0, 1), kept(1, 0.0002, doubtful), kept(2, 0.1, 1), kept(3, 0.1, best))
  expect(idleRepeat(session(1, 2), nobody)).toMatchObject({ experiment: 1, seed: 2, purpose: 'repeat' })
  expect(idleRepeat(session(3, 2), nobody)).toMatchObject({ experiment: 3, seed: 3 })
})

test('two idle slots do not make the same repeat', () => {
  const session = sessionOf(kept(0, 0, 1))
  const first = idleRepeat(session, nobody) as RunOrder
  expect(first).toMatchObject({ experiment: 0, seed: 2 })
  expect(idleRepeat(session, new Set([first]))).toMatchObject({ experiment: 0, seed: 3 })
})
