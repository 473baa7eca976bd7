import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readProgramTexts } from '../../../scripts/record/files/prose.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const sha = (text: string) => createHash('sha256').update(text).digest('hex')

test('a session keeps each version of the prose that it used, without keys', {
  timeout: 60_000,
}, async () => {
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' })
  const [agent, path] = [join(root, '../agent.sh'), join(root, 'program.md')]
  // The user edits the prose during the first proposal; the second proposal reads it.
  const steer = `printf '\\nTry RATE first.\\n' >> '${path}'; ${set('RATE', '0.03')}`
  await write(join(root, '..'), {
    'agent.sh': player([steer, set('RATE', '0.04')]),
  })
  await write(root, { 'program.md': inShell(program(agent)) })
  const common = ['--program', 'program.md', '--tag', 'try', '--seeds', '1']
  const first = await nightshift(root, 'session', [...common, '--experiments', '2'])
  expect(first.exitCode, first.stderr).toBe(0)

  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  const before = 'Make the loss smaller.'
  const after = `${before}\n\nTry RATE first.`
  expect(await readProgramTexts(folder)).toEqual({ [sha(before)]: before, [sha(after)]: after })
  const { session, experiments } = await readSession(folder)
  expect(session.proseHash).toBe(sha(before))
  expect(experiments.map(e => e.proseHash)).toEqual([sha(before), sha(before), sha(after)])

  // A lost version is written again when it is read again; keys are replaced.
  await rm(files.prose(folder, sha(after)))
  const key = `sk-${'a1'.repeat(12)}`
  await write(root, { 'program.md': inShell(program(agent)).replace('smaller.', `smaller. The key is ${key}.`) })
  const checkout = (await nightshift(root, 'experiment', ['--where'])).stdout
  await write(checkout, { 'train.js': shellTrainer.replace('RATE = 0.02', 'RATE = 0.05') })
  const second = await nightshift(root, 'experiment', [])
  expect(second.exitCode, second.stderr).toBe(0)
  const steered = `Make the loss smaller. The key is ${key}.`
  expect(await readProgramTexts(folder)).toEqual({
    [sha(before)]: before,
    [sha(steered)]: 'Make the loss smaller. The key is [key].',
  })
  expect((await readSession(folder)).experiments.at(-1)?.proseHash).toBe(sha(steered))
  expect(await readFile(files.prose(folder, sha(steered)), 'utf8')).not.toContain(key)
})
