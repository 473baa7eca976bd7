/** Where the records may lie: another file system, or a folder that cannot be written to. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { git, nightshift } from '../../helpers/throwaway.ts'
import { args, target } from './faults.ts'

const memory = '/dev/shm'
const hasOther = existsSync(memory) && (await stat(memory)).dev !== (await stat(tmpdir())).dev

test.skipIf(!hasOther)(
  'a session runs with its records on another file system (needs one at /dev/shm)',
  { timeout: 60_000 },
  async () => {
    const root = await target()
    const sessions = await mkdtemp(join(memory, 'nightshift-'))
    onTestFinished(() => rm(sessions, { recursive: true }))
    const env = { NIGHTSHIFT_SESSIONS: sessions }
    const killed = await nightshift(root, 'session', args, { ...env, NIGHTSHIFT_FAILPOINT: 'after candidate' })
    expect(killed.signal).toBe('SIGKILL')
    const [id = ''] = await readdir(sessions)
    const resumed = await nightshift(root, 'session', ['--resume', id], env)
    expect(resumed.exitCode, resumed.stderr).toBe(0)
    const { experiments } = await readSession(join(sessions, id))
    expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'discard', 'keep'])
    for (const { number } of experiments.slice(1))
      expect(await readFile(files.proposal(join(sessions, id), number), 'utf8')).toContain('RATE to')
  },
)

test('a sessions folder that cannot be written to is one error before anything is made', {
  timeout: 60_000,
}, async () => {
  const root = await target()
  const sessions = join(root, '../sessions')
  await mkdir(sessions, { mode: 0o500 })
  const isRoot = process.getuid?.() === 0
  // Rights do not bind the superuser, a file system that is mounted without them does.
  const command = [process.execPath, join(notebook, 'scripts/session.ts'), ...args]
  const mount = `mount -t tmpfs -o ro none "${sessions}" && exec "$0" "$@"`
  const [program = '', ...rest] = isRoot ? ['unshare', '-m', 'sh', '-c', mount, ...command] : command
  const env = { NIGHTSHIFT_SESSIONS: sessions, NIGHTSHIFT_WORK: join(root, '../work'), NO_COLOR: '1' }
  const result = await execa(program, rest, { cwd: root, env, reject: false })
  expect(result.exitCode).toBe(2)
  expect(result.stderr.replace(/\s+/g, ' ')).toMatch(
    / error: \S+ is not writable\. Make the folder writable for this user\.$/,
  )
  expect(await git(root, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  expect(await git(root, 'worktree', 'list')).not.toContain('\n')
  expect(await readdir(join(root, '../work'))).toEqual(['machine'])
})
