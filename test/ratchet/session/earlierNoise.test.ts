/** Which earlier sessions tell of the noise of a run. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/** Its evaluation reports what the runs were given, if anything. */
const evaluated = shellTrainer
  .replace('fingerprint\\": \\"abc\\"', 'fingerprint\\": \\"%s\\"')
  .replace('loss + (lie > 0)', 'loss + (lie > 0), "NIGHTSHIFT_DATA" in ENVIRON ? ENVIRON["NIGHTSHIFT_DATA"] : "abc"')

async function target(name: string): Promise<string> {
  const root = await repository({ 'train.js': evaluated, 'frozen.txt': `the data of ${name}\n` })
  await write(join(root, '..'), { 'agent.sh': player(['0.04', '0.08', '0.07'].map(rate => set('RATE', rate))) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'))) })
  return root
}

/** Runs a session into one sessions folder. @returns the tags of the earlier sessions that its noise rests on */
async function session(root: string, sessions: string, tag: string, ...flags: string[]): Promise<string[]> {
  const args = [...flags, '--program', 'program.md', '--tag', tag, '--seeds', '3', '--experiments', '3']
  const result = await nightshift(root, 'session', args, { NIGHTSHIFT_SESSIONS: sessions })
  expect(result.exitCode, result.stderr).toBe(0)
  const id = (await readdir(sessions)).find(name => name.endsWith(`-${tag}`)) ?? ''
  const { session } = await readSession(join(sessions, id))
  return (session.noise?.earlier ?? []).map(name => name.split('-').at(-1) ?? '')
}

test('are those of the same repository, not of another one with a program of the same name', {
  timeout: 120_000,
}, async () => {
  const [here, elsewhere] = [await target('one'), await target('another')]
  const sessions = sessionsOf(here)
  expect(await session(here, sessions, 'first')).toEqual([])
  expect(await session(elsewhere, sessions, 'foreign')).toEqual([])
  expect(await session(here, sessions, 'second')).toEqual(['first'])

  // Of the same data alone: by its fingerprint, which only the baseline's run reports.
  expect(await session(here, sessions, 'other', '--data', 'other')).toEqual([])
  expect(await session(here, sessions, 'again', '--data', 'other')).toEqual(['other'])
  expect(await session(here, sessions, 'named', '--data', 'abc')).toEqual(['first', 'second'])
})
