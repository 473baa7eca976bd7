import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAdopted } from '../../../scripts/record/files/adopted.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { player } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const work = `GAIN=0
echo ---
awk -v gain="$GAIN" -v seed="$NIGHTSHIFT_SEED" 'BEGIN { printf "ms: %.4f\\n", 1000 + (seed * 7 % 5) / 100 - 3 * gain }'
sleep 0.05
`

test('a branch of a paired session is run in pairs; of a collected one nothing is run or made', async () => {
  const root = await repository({ 'work.sh': work })
  await git(root, 'config', 'user.name', 'Ada Person')
  await git(root, 'config', 'user.email', 'ada@example.org')
  await write(join(root, '..'), { 'agent.sh': player([`sed -i.bak 's/^GAIN=.*/GAIN=1/' work.sh && rm work.sh.bak`]) })
  const keys = ['edit: work.sh', 'run: sh work.sh', 'metric: ms', 'budget: 1s', 'judge: paired', 'fallback: []']
  const agent = `agent: { use: command, command: "sh ${join(root, '../agent.sh')}" }`
  await write(root, { 'program.md': `---\n${[...keys, agent].join('\n')}\n---\n\nMake it faster.\n` })
  const args = ['--program', 'program.md', '--tag', 'try', '--experiments', '1', '--seeds', '1']
  const session = await nightshift(root, 'session', args)
  expect(session.exitCode, session.stderr).toBe(0)
  const id = (await readdir(sessionsOf(root)))[0] ?? ''
  const folder = join(sessionsOf(root), id)
  // Its seed changes nothing that counts, so confirm found the change to be better.
  expect(session.stderr).toContain(`npx pnpm adopt ${id}`)

  const made = await nightshift(root, 'adopt', ['--all', '--json'])
  expect(made.exitCode, made.stderr).toBe(0)
  const { measured, notMeasured } = JSON.parse(made.stdout)
  expect(measured).toMatchObject({ gain: expect.closeTo(3, 6), verdict: 'better' })
  expect(measured.seeds).toBeGreaterThanOrEqual(2)
  expect(notMeasured).toBeNull()

  // As `collect` writes it: with a source, and without a journal.
  const collected = join(sessionsOf(root), '2026-01-01-cpu-abcd-theirs')
  await cp(folder, collected, { recursive: true, filter: path => !/journal|adopted/.test(path) })
  const record = JSON.parse(await readFile(files.session(collected), 'utf8'))
  const source = { kind: 'session', from: 'https://example.org/theirs' }
  await writeFile(files.session(collected), JSON.stringify({ ...record, id: '2026-01-01-cpu-abcd-theirs', source }))
  const theirs = await nightshift(root, 'adopt', ['2026-01-01-cpu-abcd-theirs', '--all'])
  expect(theirs.exitCode).toBe(2)
  expect(theirs.stderr.replace(/\s+/g, ' ')).toContain('It was run elsewhere: adopt it in the notebook and repository')
  expect(await readAdopted(collected)).toEqual([])
  expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(1)
}, 60_000)
