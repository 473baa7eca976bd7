/** A whole session whose runs are jobs of a launcher, with its harness killed on the way. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { launcherVerbs } from '../../../scripts/program/commandEngine.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { commandsOf, standin } from '../../engines/command/standins.ts'
import { inShell, player, program, shellTrainer } from '../../helpers/target.ts'
import { nightshift, repository, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'
import { steps } from './onHosts.ts'

test('a session by a launcher is killed as it submits a run, finds its job again, and leaves none', {
  timeout: 120_000,
}, async ({ onTestFinished }) => {
  const launcher = await standin('local.py', onTestFinished)
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' }, onTestFinished)
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  const commands = commandsOf(launcher)
  const keys = launcherVerbs.map(verb => `  ${verb}: ${JSON.stringify(commands[verb])}\n`).join('')
  const engine = `engine:\n  use: command\n  poll_every: 1s\n  root: ${launcher.home}/nodes\n${keys}slots: 2\n`
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), engine)) })
  const asked = ['--program', 'program.md', '--tag', 'try', '--experiments', '3', '--seeds', '1']
  const killed = await nightshift(root, 'session', asked, { NIGHTSHIFT_FAILPOINT: 'run submitted:2' })
  expect(killed.signal, killed.stderr).toBe('SIGKILL')
  const { exitCode, stderr } = await nightshift(root, 'session', ['resume'])
  expect(exitCode, stderr).toBe(0)
  const folder = await folderOf(root)
  const { session, experiments } = await readSession(folder)
  expect(session.engine).toMatchObject({ use: 'command', shared: false, places: 2 })
  expect(experiments.map(({ number }) => number).sort()).toEqual([0, 1, 2, 3])
  const runs = experiments.flatMap(experiment => experiment.runs)
  expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['ok']))
  for (const run of runs) expect(run.lost).toBeUndefined()
  // Its jobs: one that said what the machine is, and one for each run.
  const jobs = (await readdir(launcher.home)).filter(name => name.startsWith(session.id))
  expect(jobs).toHaveLength(1 + runs.length)
  for (const job of jobs) expect(await readdir(join(launcher.home, job))).toContain('exit')
  const events = await readJournal(files.journal(folder))
  const submitted = events.flatMap(e => (e.event === 'run-submitted' ? [e.handle.key] : []))
  expect(submitted).toHaveLength(runs.length)
  expect(new Set(submitted).size).toBe(runs.length)
})
