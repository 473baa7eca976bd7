import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { experimentName } from '../../scripts/record/files/paths.ts'
import { set } from '../helpers/target.ts'
import { git } from '../helpers/throwaway.ts'
import { checkAgreement, checkIsolation, folderOf, gated, open, readRunLog, refs, session } from './gated.ts'
import { playFrom } from './session/faults.ts'

const candidates = (lines: Awaited<ReturnType<typeof readRunLog>>) => lines.filter(line => line.values !== '0000')

test('four slots train at once, each on its own GPU, and every keep was measured on top of the head before it', {
  timeout: 60_000,
}, async () => {
  const root = await gated(
    "if (values !== '0000') await until(() => started() >= 4)",
    ['A', 'B', 'C', 'D'].map(name => set(name, '1')),
  )
  const result = await session(root, ['--experiments', '4', '--seeds', '2'])
  expect(result.exitCode, result.stderr).toBe(0)

  // The last proposal was made while the others ran, and its prompt lists them.
  const prompt = await readFile(join(root, '../agent.sh.prompt'), 'utf8')
  for (const name of ['0001', '0002', '0003']) expect(prompt).toContain(`${name} pending`)

  const lines = candidates(await readRunLog(root))
  const first = lines.slice(0, 4)
  expect(first.map(line => line.what)).toEqual(Array(4).fill('start'))
  expect(first.map(line => line.gpu).sort()).toEqual(['0', '1', '2', '3'])
  await checkIsolation(root)

  await checkAgreement(root)
  const { experiments, session: record } = await open(root)
  const [baseline, ...kept] = experiments
  expect(kept.map(e => e.status)).toEqual(Array(4).fill('keep'))
  expect(kept.at(-1)?.metric).toBeCloseTo((baseline?.metric ?? 0) - 0.4, 5)
  // All were proposed on the baseline; the first was judged against it, each other on top of the one before.
  expect(kept.map(e => e.madeFrom?.number ?? null)).toEqual([null, 0, 0, 0])
  expect(kept.map(e => e.decision?.gain.toFixed(4))).toEqual(Array(4).fill('0.1000'))
  const byName = await refs(root)
  const [unchanged, ...rebased] = kept.map(e => experimentName(e.number))
  expect(byName.has(`${unchanged}-2`)).toBe(false)
  for (const name of rebased) expect(byName.has(name) && byName.has(`${name}-2`)).toBe(true)
  expect(await git(root, 'rev-list', '--merges', `${record.baseCommit}..autoresearch/try`)).toBe('')
})

// Both are proposed on the baseline and change the same line; the second run ends after the first is kept.
const afterFirst =
  "if (values === '1000') await until(() => prepared() >= 2); if (values === '2000') await until(() => judged() >= 1)"

test('a change that conflicts with the new head goes back to its agent, which redoes it', {
  timeout: 60_000,
}, async () => {
  const root = await gated(afterFirst, [set('A', '1'), set('A', '2'), set('A', '2')], '', 2)
  const result = await session(root, ['--experiments', '2', '--seeds', '1'])
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  const { experiments } = await open(root)
  expect(experiments.map(e => [e.number, e.status, e.parent?.number ?? null])).toEqual([
    [0, 'keep', null],
    [1, 'keep', 0],
    [2, 'keep', 1],
  ])
  expect([...(await refs(root)).keys()]).toEqual(['0001', '0002', '0002-2'])
  const prompt = await readFile(join(root, '../agent.sh.prompt'), 'utf8')
  expect(prompt).toMatch(/# Conflict with the new head\n.*\n```text\nA to 2\nit does not apply to 0001/)
})

test('an agent that is down when a change goes back to it is retried later', { timeout: 60_000 }, async () => {
  const root = await gated(afterFirst, [set('A', '1'), set('A', '2'), 'exit 1', set('A', '2')], '', 2)
  const result = await session(root, ['--experiments', '2', '--seeds', '1'])
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  expect((await open(root)).experiments.map(e => e.status)).toEqual(['keep', 'keep', 'keep'])
})

test('a change that the agent cannot redo is recorded as a conflict, with its run and its ref', {
  timeout: 60_000,
}, async () => {
  const root = await gated(afterFirst, [set('A', '1'), set('A', '2'), 'echo no'], '', 2)
  const result = await session(root, ['--experiments', '2', '--seeds', '1'])
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  const { experiments } = await open(root)
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'conflict'])
  expect(experiments[2]).toMatchObject({ parent: { number: 0 }, metric: null, runs: [{ outcome: 'ok' }] })
  expect(experiments[2]?.reason).toMatch(/^Conflict: it does not apply to 0001/)
  expect((await refs(root)).get('0002')).toBe(experiments[2]?.commit)
})

test('the next candidate is proposed while the current one trains', { timeout: 60_000 }, async () => {
  const ready = "if (values === '1000') await until(() => prepared() >= 2)"
  const root = await gated(ready, [set('A', '1'), set('B', '1')], 'ahead: 1\n', 0)
  const result = await session(root, ['--experiments', '2', '--seeds', '1'])
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  const { events, experiments } = await open(root)
  const of = (number: number) =>
    events.flatMap(e => {
      if (e.event === 'candidate') return e.candidate.number === number ? [e.event] : []
      if (e.event === 'run-started') return e.experiment === number && e.purpose === 'candidate' ? [e.event] : []
      return []
    })
  expect(of(1)).toEqual(['candidate', 'run-started'])
  // It waited in the queue, so it was rebased onto the new head before its first run.
  expect(of(2)).toEqual(['candidate', 'candidate', 'run-started'])
  expect(experiments[2]).toMatchObject({ status: 'keep', madeFrom: { number: 0 }, parent: { number: 1 } })
  const at = (test: (e: (typeof events)[number]) => boolean) => events.findIndex(test)
  const prepared = at(e => e.event === 'candidate' && e.candidate.number === 2)
  expect(prepared).toBeGreaterThan(at(e => e.event === 'run-started' && e.experiment === 1))
  expect(prepared).toBeLessThan(at(e => e.event === 'run-finished' && e.experiment === 1))
})

test.each([
  ['still under way are waited for', false],
  ['that have ended are read', true],
])('after a kill with two slots running, runs %s and count once', { timeout: 60_000 }, async (_, meanwhile) => {
  // The run reads the file late: a slot's worktree must be unchanged after its harness was killed.
  const late = "if (values !== '0000') { await until(opened); readFileSync('package.json') }"
  const root = await gated(late, [set('A', '1'), set('B', '1'), set('C', '1')], '', 2)
  const killed = session(root, ['--experiments', '3', '--seeds', '2'])
  while (candidates(await readRunLog(root)).length < 2) await wait(20)
  killed.kill('SIGKILL')
  expect((await killed).signal).toBe('SIGKILL')
  await playFrom(root, 2)
  if (meanwhile) {
    await writeFile(join(root, '../open'), '')
    while ((await readRunLog(root)).filter(line => line.what === 'end').length < 3) await wait(20)
  }
  const resumed = session(root, ['--resume', basename(await folderOf(root))])
  if (!meanwhile) {
    await new Promise<void>(done => resumed.stderr.on('data', data => /waiting for the run/.test(data) && done()))
    await writeFile(join(root, '../open'), '')
  }
  const result = await resumed
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  await checkIsolation(root)
  const { experiments } = await open(root)
  expect(experiments.map(e => e.status)).toEqual(Array(4).fill('keep'))
})

test('when the runners of two slots are killed, their runs are crashes, and the session goes on', {
  timeout: 60_000,
}, async () => {
  const root = await gated("if (values !== '0000') await until(opened)", [set('A', '1'), set('B', '1')], '', 2)
  const going = session(root, ['--experiments', '2', '--seeds', '1'])
  while (candidates(await readRunLog(root)).length < 2) await wait(20)
  const id = basename(await folderOf(root))
  for (const n of [1, 2]) {
    const { text } = JSON.parse(await readFile(join(root, '../work', id, `run-000${n}-1/owner.json`), 'utf8'))
    process.kill(JSON.parse(text).pid, 'SIGKILL')
  }
  await writeFile(join(root, '../open'), '')
  const result = await going
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  const { experiments } = await open(root)
  expect(experiments.map(e => e.status)).toEqual(['keep', 'crash', 'crash'])
  expect(experiments[1]?.reason).toBe('Crash: its runner was killed, or could not record the result.')
})
