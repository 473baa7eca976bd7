import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { set } from '../../helpers/target.ts'
import { checkAgreement, folderOf, gated, open, session } from '../gated.ts'

test('after five crashes in a row the head is run again; when it succeeds, the session continues', {
  timeout: 60_000,
}, async () => {
  const steps = [set('A', '1'), ...[2, 3, 4, 5, 6].map(n => set('B', String(n))), set('C', '1')]
  const root = await gated("if (values[1] > 0) throw new Error('no')", steps, 'fixes: 0\n', 0)
  const result = await session(root, ['--experiments', '7', '--seeds', '1'])
  expect(result.exitCode, result.stderr).toBe(0)
  await checkAgreement(root)
  const { experiments, session: record } = await open(root)
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', ...Array(5).fill('crash'), 'keep'])
  expect(experiments[1]?.runs.map(run => run.purpose)).toEqual(['candidate', 'repeat'])
  expect(record.stop?.kind).toBe('experiments')
})

test('when the head fails too, the session stops with a machine failure; it can be resumed once that is fixed', {
  timeout: 60_000,
}, async () => {
  // The last one twice: the stop may cancel a proposal that was being made, and the resumed session asks for it again.
  const steps = [set('A', '1'), ...[2, 3, 4, 5, 6].map(n => set('B', String(n))), set('C', '1'), set('C', '1')]
  // The broken machine: every run fails once a candidate with B has started, until the test writes the file `open`.
  const root = await gated(
    "if (values[1] > 0) log('broken', values); if (!opened() && read(around + '/log').some(line => line.what === 'broken')) throw new Error('no GPU')",
    steps,
    'fixes: 0\n',
    0,
  )
  const result = await session(root, ['--experiments', '7', '--seeds', '1'])
  expect(result.exitCode, result.stderr).toBe(2)
  expect(result.stderr).toMatch(/the machine is likely at fault \(.*no GPU/)
  expect(result.stderr).toContain('pnpm session resume')
  const stopped = await open(root)
  expect(stopped.session.stop?.kind).toBe('machine')
  expect(stopped.experiments.map(e => e.status)).toEqual(['keep', 'keep', ...Array(5).fill('crash')])
  expect(stopped.experiments[1]?.runs.at(-1)).toMatchObject({ purpose: 'repeat', outcome: 'crash' })

  await writeFile(join(root, '../open'), '')
  const resumed = await session(root, ['--resume', basename(await folderOf(root))])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  const { experiments, session: record } = await open(root)
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', ...Array(5).fill('crash'), 'keep'])
  expect(record.stop?.kind).toBe('experiments')
  await checkAgreement(root)
})
