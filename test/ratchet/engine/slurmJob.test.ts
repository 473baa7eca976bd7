/** The harness itself as a job of Slurm, which a SIGTERM tells that seconds are left. */
import { expect, test, vi } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournalIfThere } from '../../../scripts/record/journal.ts'
import { set } from '../../helpers/target.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { args, folderOf, target } from '../session/faults.ts'

test('one SIGTERM ends a session that is a job of Slurm, with the run under way, and it can be resumed', async ({
  onTestFinished,
}) => {
  const root = await target({ 0: set('HANG', '1') }, onTestFinished)
  const session = nightshift(root, 'session', args, { SLURM_JOB_ID: '17' })
  await vi.waitFor(async () => {
    const events = (await readJournalIfThere(files.journal(await folderOf(root)))) ?? []
    expect(events.some(e => e.event === 'run-started' && e.purpose === 'candidate')).toBe(true)
  }, 30_000)
  const left = await nightshift(root, 'session', ['stop', '--leave'])
  expect([left.exitCode, left.stderr]).toEqual([2, expect.stringContaining('its runs are processes of this machine')])
  process.kill(session.pid ?? 0, 'SIGTERM')
  const { exitCode, stderr } = await session
  expect(exitCode, stderr).toBe(0)
  const { session: record, experiments } = await readSession(await folderOf(root))
  expect(record.stop?.kind).toBe('interrupted')
  expect(experiments.map(({ status }) => status)).toEqual(['keep', 'aborted'])
})
