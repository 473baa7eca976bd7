import { expect, test } from 'vitest'
import type { SessionContext } from '../../../scripts/ratchet/session/context.ts'
import { idleRepeat } from '../../../scripts/ratchet/train/repeats.ts'
import type { RunOrder } from '../../../scripts/ratchet/train/train.ts'
import type { Experiment, Noise, Run } from '../../../scripts/record/schema.ts'
import { set } from '../../helpers/target.ts'
import { checkAgreement, checkIsolation, gated, open, session } from '../gated.ts'

test('while no agent answers, free slots repeat the head on new seeds', {
  timeout: 60_000,
}, async () => {
  const repeated = `grep -c '"run-finished".*"purpose":"repeat"' ../../../sessions/*/journal.jsonl`
  const answer = `until [ "$(${repeated})" -ge 4 ]; do sleep 0.05; done; ${set('A', '1')}`
  const root = await gated('', [...Array(6).fill('exit 1'), answer], '', 2)
  const result = await session(root, ['--experiments', '1', '--seeds', '1'])
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  await checkIsolation(root)
  const { experiments, events, session: record } = await open(root)
  const downs = events.flatMap(e => (e.event === 'agent-failed' ? [e] : []))
  expect(downs.map(e => e.detail)).toEqual(Array(6).fill('The command agent exited with exit code 1.'))
  // Each backoff is at least as long as the one before.
  const backoffs = downs.map(e => e.backoff)
  expect([...backoffs].sort((x, y) => x - y)).toEqual(backoffs)
  expect(record.outages).toEqual([expect.objectContaining({ tries: 6, experiments: 0 })])
  // The repeats are runs of the baseline, not experiments.
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
    state: { session: { metric: { name: 'loss', goal: 'minimize' }, contract: {}, noise }, experiments },
  }) as unknown as SessionContext
const none: ReadonlySet<RunOrder> = new Set()

test('of the head and the uncertain keeps, an idle slot repeats the one with the fewest runs', () => {
  // 0001 is uncertain, 0002 is certain, 0003 is certain and the head.
  const session = (uncertainRuns: number, headRuns: number) =>
    sessionOf(kept(0, 0, 1), kept(1, 0.0002, uncertainRuns), kept(2, 0.1, 1), kept(3, 0.1, headRuns))
  expect(idleRepeat(session(1, 2), none)).toMatchObject({ experiment: 1, seed: 2, purpose: 'repeat' })
  expect(idleRepeat(session(3, 2), none)).toMatchObject({ experiment: 3, seed: 3 })
})

test('two idle slots do not run the same repeat', () => {
  const session = sessionOf(kept(0, 0, 1))
  const first = idleRepeat(session, none) as RunOrder
  expect(first).toMatchObject({ experiment: 0, seed: 2 })
  expect(idleRepeat(session, new Set([first]))).toMatchObject({ experiment: 0, seed: 3 })
})
