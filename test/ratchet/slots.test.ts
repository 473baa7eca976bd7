import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { experimentName } from '../../scripts/record/files.ts'
import { set } from '../helpers/target.ts'
import { git } from '../helpers/throwaway.ts'
import { checkAgreement, checkApart, folderOf, gated, open, refs, said, session } from './gated.ts'
import { playFrom } from './session/faults.ts'

const candidates = (lines: Awaited<ReturnType<typeof said>>) => lines.filter(line => line.values !== '0000')

test('four slots train at once, each on its own GPU, and what is kept was measured on top of the best before it', {
  timeout: 60_000,
}, async () => {
  const root = await gated(
    "if (values !== '0000') await until(() => started() >= 4)",
    ['A', 'B', 'C', 'D'].map(name => set(name, '1')),
  )
  const result = await session(root, ['--experiments', '4', '--seeds', '2'])
  expect(result.exitCode, result.stderr).toBe(0)

  // The last proposal was made while the others ran, and its agent was told of them.
  const prompt = await readFile(join(root, '../agent.sh.prompt'), 'utf8')
  for (const name of ['0001', '0002', '0003']) expect(prompt).toContain(`${name} under way, not judged yet`)

  const lines = candidates(await said(root))
  const first = lines.slice(0, 4)
  expect(first.map(line => line.what)).toEqual(Array(4).fill('start'))
  expect(first.map(line => line.gpu).sort()).toEqual(['0', '1', '2', '3'])
  await checkApart(root)

  await checkAgreement(root)
  const { experiments, session: record } = await open(root)
  const [baseline, ...kept] = experiments
  expect(kept.map(e => e.status)).toEqual(Array(4).fill('keep'))
  expect(kept.at(-1)?.metric).toBeCloseTo((baseline?.metric ?? 0) - 0.4, 5)
  // All were made against the baseline; the first was judged against it, the others on top of one another.
  expect(kept.map(e => e.madeFrom?.number ?? null)).toEqual([null, 0, 0, 0])
  expect(kept.map(e => e.decision?.gain.toFixed(4))).toEqual(Array(4).fill('0.1000'))
  const byName = await refs(root)
  const [alone, ...stacked] = kept.map(e => experimentName(e.number))
  expect(byName.has(`${alone}-2`)).toBe(false)
  for (const name of stacked) expect(byName.has(name) && byName.has(`${name}-2`)).toBe(true)
  expect(await git(root, 'rev-list', '--merges', `${record.baseCommit}..autoresearch/try`)).toBe('')
})

// Both are made against the baseline; the second ends when the first is kept, and moves the same line.
const afterFirst =
  "if (values === '1000') await until(() => prepared() >= 2); if (values === '2000') await until(() => judged() >= 1)"

test('a change that conflicts with the new best goes back to the agent, and runs as it made it again', {
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
  expect(prompt).toMatch(/# Again, on a newer best\n.*\n```text\nA to 2\nbut it does not apply to 0001/)
})

test('an agent that is down when a change goes back to it is asked again later', { timeout: 60_000 }, async () => {
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

test('the next candidate is prepared while the present one trains', { timeout: 60_000 }, async () => {
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
  // It waited, so it was put on the new best before its first run.
  expect(of(2)).toEqual(['candidate', 'candidate', 'run-started'])
  expect(experiments[2]).toMatchObject({ status: 'keep', madeFrom: { number: 0 }, parent: { number: 1 } })
  const at = (test: (e: (typeof events)[number]) => boolean) => events.findIndex(test)
  const prepared = at(e => e.event === 'candidate' && e.candidate.number === 2)
  expect(prepared).toBeGreaterThan(at(e => e.event === 'run-started' && e.experiment === 1))
  expect(prepared).toBeLessThan(at(e => e.event === 'run-finished' && e.experiment === 1))
})

test.each([
  ['are waited for', false],
  ['that ended meanwhile are read', true],
])('after a kill with two slots running, runs %s and count once', { timeout: 60_000 }, async (_, meanwhile) => {
  // The file is read late: a slot's worktree must still be there, as it was, when its harness is gone.
  const late = "if (values !== '0000') { await until(opened); readFileSync('package.json') }"
  const root = await gated(late, [set('A', '1'), set('B', '1'), set('C', '1')], '', 2)
  const killed = session(root, ['--experiments', '3', '--seeds', '2'])
  while (candidates(await said(root)).length < 2) await wait(20)
  killed.kill('SIGKILL')
  expect((await killed).signal).toBe('SIGKILL')
  await playFrom(root, 2)
  if (meanwhile) {
    await writeFile(join(root, '../open'), '')
    while ((await said(root)).filter(line => line.what === 'end').length < 3) await wait(20)
  }
  const resumed = session(root, ['--resume', basename(await folderOf(root))])
  if (!meanwhile) {
    await new Promise<void>(done => resumed.stderr.on('data', data => /waiting for the run/.test(data) && done()))
    await writeFile(join(root, '../open'), '')
  }
  const result = await resumed
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  await checkApart(root)
  const { experiments } = await open(root)
  expect(experiments.map(e => e.status)).toEqual(Array(4).fill('keep'))
})

test('two slots whose runners are killed at once end the session in one clear error, and their runs are made again', {
  timeout: 60_000,
}, async () => {
  const root = await gated("if (values !== '0000') await until(opened)", [set('A', '1'), set('B', '1')], '', 2)
  const broken = session(root, ['--experiments', '2', '--seeds', '1'])
  while (candidates(await said(root)).length < 2) await wait(20)
  const id = basename(await folderOf(root))
  const owners = [1, 2].map(n => join(root, '../work', id, `run-000${n}-1/owner.json`))
  for (const path of owners) process.kill((JSON.parse(await readFile(path, 'utf8')) as { pid: number }).pid, 'SIGKILL')
  const result = await broken
  expect(result.exitCode, result.stderr).toBe(2)
  expect(result.stderr).toMatch(/error: The runner of 000[12] ended without writing exit\.json\./)
  await writeFile(join(root, '../open'), '')
  const resumed = await session(root, ['--resume', id])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  await checkAgreement(root, 2)
  expect((await open(root)).experiments.map(e => e.status)).toEqual(['keep', 'keep', 'keep'])
})
