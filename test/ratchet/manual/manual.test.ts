import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { digestSchema } from '../../../scripts/analysis/schema.ts'
import { describe } from '../../../scripts/analysis/source/describeEdits.ts'
import { readJson } from '../../../scripts/lib/files/read.ts'
import type { ManualOutcome } from '../../../scripts/ratchet/manual/manualOutcome.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/** Runs a session, of the baseline only by default. @returns the repository and the session's checkout */
async function begun(steps: string[] = [], experiments = '0') {
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'))) })
  const args = ['--program', 'program.md', '--tag', 'try', '--seeds', '1', '--experiments', experiments]
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  const checkout = (await nightshift(root, 'experiment', ['--where'])).stdout
  return { root, checkout }
}

async function experiment(root: string, ...args: string[]): Promise<ManualOutcome> {
  const result = await nightshift(root, 'experiment', ['--json', ...args])
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stdout.split('\n')).toHaveLength(1)
  return JSON.parse(result.stdout) as ManualOutcome
}

async function open(root: string) {
  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  return { folder, ...(await readSession(folder)), digest: await readJson(files.digest(folder), digestSchema) }
}

async function edit(checkout: string, name: string, value: string): Promise<void> {
  const path = join(checkout, 'train.js')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace(new RegExp(`^const ${name} = .*$`, 'm'), `const ${name} = ${value}`))
}

async function remove(checkout: string, line: RegExp): Promise<void> {
  const path = join(checkout, 'train.js')
  await writeFile(path, (await readFile(path, 'utf8')).replace(line, ''))
}

const headOf = (checkout: string) => git(checkout, 'rev-parse', 'HEAD')

test('manual experiments use the guard, judge and records of the loop', {
  timeout: 60_000,
}, async () => {
  const { root, checkout } = await begun()
  expect(await headOf(checkout)).toBe(await git(root, 'rev-parse', 'autoresearch/try'))
  const nothing = await nightshift(root, 'experiment')
  expect(nothing.exitCode).toBe(2)
  expect(nothing.stderr).toMatch(/Nothing is edited in .*\n.*Change train\.js there first/)

  // Kept: the checkout moves to the new head. A commit in the checkout counts as an edit.
  await edit(checkout, 'RATE', '0.04')
  await git(checkout, '-c', 'user.name=A Person', '-c', 'user.email=p@example.org', 'commit', '-qam', 'mine')
  const kept = await experiment(root, '--note', 'it learns too slowly')
  expect(kept).toMatchObject({ experiment: 1, status: 'keep', description: 'RATE 0.02 → 0.04', at: 1 })
  expect(await headOf(checkout)).toBe(await git(root, 'rev-parse', 'autoresearch/try'))
  expect(await git(root, 'rev-parse', kept.ref ?? '')).toBe(kept.commit)

  // Discarded: the checkout is back at the head; the edits are in the ref and the patch.
  await edit(checkout, 'RATE', '0.01')
  const discarded = await experiment(root, '-m', 'slower')
  expect(discarded).toMatchObject({ experiment: 2, status: 'discard', description: 'slower', at: 1 })
  expect(await git(checkout, 'status', '--porcelain')).toBe('')
  expect(await headOf(checkout)).toBe(kept.commit)
  expect(await git(root, 'show', `${discarded.ref}:train.js`)).toContain('RATE = 0.01')
  expect(await readFile(discarded.patch, 'utf8')).toContain('+const RATE = 0.01')

  // Refused: no ref holds the edits, so they stay in the checkout.
  await writeFile(join(checkout, 'frozen.txt'), 'not any more\n')
  const refused = await experiment(root)
  expect(refused).toMatchObject({ experiment: 3, status: 'refused', at: null, ref: null })
  expect(refused.reason).toContain('frozen.txt')

  // Edits on an older head: rebased onto the new one and run there. Removing a line at no loss is kept.
  const base = await git(root, 'rev-parse', 'autoresearch/try~')
  await git(checkout, 'checkout', '-qf', '--detach', base)
  await remove(checkout, /^\[ \$TOUCH.*\n/m)
  const result = await nightshift(root, 'experiment', ['-m', 'without TOUCH'])
  const lines = stripVTControlCharacters(result.stderr).trimEnd()
  expect(lines).toMatch(/^0004 +keep +1\.100909 +±0\.0000 +without TOUCH/m)
  expect(lines.split('\n')).toHaveLength(6)

  // Edits that do not apply to the head are a conflict; the checkout moves to the head.
  await git(checkout, 'checkout', '-q', '--detach', base)
  await edit(checkout, 'RATE', '0.07')
  const clash = await experiment(root)
  expect(clash).toMatchObject({ experiment: 5, status: 'conflict', at: 4 })
  expect(clash.reason).toContain('it does not apply to 0004')

  const { session, experiments, digest, folder } = await open(root)
  expect(experiments.map(e => [e.status, e.agent.use])).toEqual([
    ['keep', null],
    ['keep', 'hand'],
    ['discard', 'hand'],
    ['refused', 'hand'],
    ['keep', 'hand'],
    ['conflict', 'hand'],
  ])
  expect(experiments[4]).toMatchObject({ madeFrom: { number: 0 }, parent: { number: 1 } })
  expect(experiments[4]?.runs.map(run => run.commit)).toEqual([await git(root, 'rev-parse', 'autoresearch/try')])
  expect(experiments[1]?.hypothesis).toBe('it learns too slowly')
  expect(session.stop).toEqual({ kind: 'hand', detail: 'the last experiment was manual' })
  expect(digest.bestSingleRun).toMatchObject({ experiment: 4 })
  expect(await readFile(files.report(folder), 'utf8')).toContain('without TOUCH')
  expect(await git(root, 'log', '--format=%s', `${session.baseCommit}..autoresearch/try`)).toBe(
    'without TOUCH\nRATE 0.02 → 0.04',
  )
  // The only worktree left is the checkout.
  expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(2)
})

test('a killed manual experiment is finished by the next call, or by a resumed session', {
  timeout: 60_000,
}, async () => {
  const { root, checkout } = await begun([set('RATE', '0.08')])
  const kill = async () => {
    const killed = await nightshift(root, 'experiment', [], { NIGHTSHIFT_FAILPOINT: 'after run-started' })
    expect(killed.signal).toBe('SIGKILL')
  }
  await edit(checkout, 'RATE', '0.04')
  await kill()
  // Edits made since then are kept in the checkout and are not run.
  await remove(checkout, /^\[ \$TOUCH.*\n/m)
  expect(await experiment(root)).toMatchObject({
    experiment: 1,
    status: 'keep',
    description: 'RATE 0.02 → 0.04',
    at: null,
  })
  expect(await readFile(join(checkout, 'train.js'), 'utf8')).not.toContain('[ $TOUCH')

  await git(checkout, 'checkout', '-qf', '--detach', 'autoresearch/try')
  await edit(checkout, 'RATE', '0.01')
  await kill()
  // Killed again; the new limit is remembered.
  const once = ['--resume', '--experiments', '3']
  await nightshift(root, 'session', once, { NIGHTSHIFT_FAILPOINT: 'after resumed' })
  const made = await nightshift(root, 'session', ['--resume'])
  expect(made.exitCode, made.stderr).toBe(0)
  const { experiments, session } = await open(root)
  expect(
    experiments.map(e => [e.status, e.agent.use, e.runs.filter(run => run.purpose === 'candidate').length]),
  ).toEqual([
    ['keep', null, 0],
    ['keep', 'hand', 1],
    ['discard', 'hand', 1],
    ['keep', 'command', 1],
  ])
  expect(session.stop?.kind).toBe('experiments')
})

test('a description is generated from the changed constants, else from files and lines', () => {
  const patch = (body: string) => `diff --git a/train.js b/train.js\n--- a/train.js\n+++ b/train.js\n${body}\n`
  expect(describe(patch('@@ -1,2 +1,2 @@\n-const RATE = 0.02\n+const RATE = 0.04\n x'))).toBe('RATE 0.02 → 0.04')
  expect(describe(patch('@@ -1,2 +1,3 @@\n-const RATE = 0.02\n+const RATE = 0.04\n+more\n x'))).toBe(
    'RATE 0.02 → 0.04; train.js +2 −1',
  )
  expect(describe(patch('@@ -1,2 +1,1 @@\n-gone\n x'))).toBe('train.js +0 −1')
})
