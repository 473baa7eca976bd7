/** Sessions killed with SIGKILL between confirm and the end of the report. */
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { digestSchema } from '../../../scripts/analysis/schema.ts'
import { readJson } from '../../../scripts/lib/files/read.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { type Finished, git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const args = ['--program', 'program.md', '--tag', 'try', '--experiments', '1', '--seeds', '2']

async function target(finished: Finished): Promise<string> {
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' }, finished)
  await write(join(root, '..'), { 'agent.sh': player([set('RATE', '0.08')]) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'))) })
  return root
}

const folderOf = async (root: string): Promise<string> =>
  join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? 'none')

/** Whether report and digest are there and cover every confirm run of the records. */
async function checkComplete(root: string, pairs: number): Promise<void> {
  const folder = await folderOf(root)
  const { session, experiments } = await readSession(folder)
  expect(session.stop?.kind).toBe('experiments')
  const confirmRuns = experiments.map(e => e.runs.filter(r => r.purpose === 'confirm' && r.outcome === 'ok').length)
  expect(confirmRuns).toEqual([pairs, pairs])
  const seeds = experiments.map(e => e.runs.flatMap(r => (r.purpose === 'confirm' ? [r.seed] : [])))
  expect(seeds[1]?.toSorted()).toEqual(seeds[0]?.toSorted())
  const digest = await readJson(files.digest(folder), digestSchema)
  expect(digest.confirmed).toMatchObject({ gain: expect.closeTo(0.2, 2), seeds: pairs })
  const report = await readFile(files.report(folder), 'utf8')
  expect(existsSync(files.reportSource(folder))).toBe(true)
  // Written again from the same records, it is the same.
  expect((await nightshift(root, 'report', [basename(folder)])).exitCode).toBe(0)
  expect(await readFile(files.report(folder), 'utf8')).toBe(report)
  expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(1)
}

/** Starts or resumes a session that is killed at the failpoint. @returns what `status` says then */
async function killed(root: string, asked: string[], failpoint: string): Promise<string> {
  const result = await nightshift(root, 'session', asked, { NIGHTSHIFT_FAILPOINT: failpoint })
  expect(result.signal, `${failpoint}: ${result.stderr}`).toBe('SIGKILL')
  return (await nightshift(root, 'status')).stdout
}

test('a session killed again and again in confirm finishes confirm and report', { timeout: 120_000 }, async t => {
  const root = await target(t.onTestFinished)
  // After the baseline's and the candidate's run, "run-finished:3" is the first half of confirm's first pair. Numbers count
  // the calls in one process.
  const points = ['after run-finished:3', 'before run-finished:2', 'after run-finished:2', 'before stopped:1']
  for (const [i, point] of points.entries()) {
    const status = await killed(root, i === 0 ? args : ['resume'], point)
    expect(status, point).toContain('interrupted in or after confirm, before its report; to continue:')
  }
  const resumed = await nightshift(root, 'session', ['--resume'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  await checkComplete(root, 2)
})

test('a session killed again and again in its report finishes it', { timeout: 120_000 }, async t => {
  const root = await target(t.onTestFinished)
  // All runs of confirm are made.
  await killed(root, args, 'before look:1')
  for (const point of ['after stopped:1', 'digest written:1', 'report source written:1']) {
    const status = await killed(root, ['resume'], point)
    expect(status, point).toContain('ended (experiments)')
    expect(status).toContain('no run is left, but the report is not written; to write it:')
    expect(status).toContain(`session resume ${basename(await folderOf(root))}`)
    // The agent is not asked, so it need not be there.
    await rm(join(root, '../agent.sh'), { force: true })
  }
  const resumed = await nightshift(root, 'session', ['resume'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect(resumed.stderr).toContain('only its report is left')
  await checkComplete(root, 2)
  expect((await nightshift(root, 'status')).stdout).toMatch(/^result +loss .* Confirmed on 2 new seeds\./m)
  // A second time nothing is left to do, named or not.
  const again = await nightshift(root, 'session', ['resume', 'try'])
  expect(again.exitCode).toBe(2)
  expect(again.stderr).toMatch(/has ended, and its report is written: .*\n +Nothing is left to do\./)
  const unnamed = await nightshift(root, 'session', ['resume'])
  expect(unnamed.stderr).toContain('There is no unfinished session.')
})

test('an old report does not pass for that of a session with more experiments, or of more confirm runs', {
  timeout: 120_000,
}, async ({ onTestFinished }) => {
  const root = await target(onTestFinished)
  expect((await nightshift(root, 'session', args)).exitCode).toBe(0)
  const folder = await folderOf(root)
  await writeFile(join(root, '../agent.sh'), player([]))
  const more = ['resume', 'try', '--experiments', '2']
  const killed = await nightshift(root, 'session', more, { NIGHTSHIFT_FAILPOINT: 'digest written:1' })
  expect(killed.signal, killed.stderr).toBe('SIGKILL')
  expect(existsSync(files.report(folder))).toBe(false)
  expect((await nightshift(root, 'session', ['resume'])).exitCode).toBe(0)
  expect(existsSync(files.report(folder))).toBe(true)

  const inConfirm = { NIGHTSHIFT_FAILPOINT: 'after run-finished:2' }
  expect((await nightshift(root, 'confirm', ['try', '--seeds', '2'], inConfirm)).signal).toBe('SIGKILL')
  const resumed = await nightshift(root, 'session', ['resume'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect((await readJson(files.digest(folder), digestSchema)).confirmed?.seeds).toBe(3)
  expect(existsSync(files.report(folder))).toBe(true)
})
