/** Sessions that cannot begin on their host: they say why, in its words, and leave nothing. */
import { readdir } from 'node:fs/promises'
import { expect } from 'vitest'
import { overSsh } from '../../helpers/sshd.ts'
import { git, nightshift, sessionsOf } from '../../helpers/throwaway.ts'
import { args } from '../session/faults.ts'
import { leftOn, onHosts } from './onHosts.ts'

overSsh('a host that cannot execute runs ends a session before it begins, and nothing is left', async finished => {
  const there = await onHosts({ more: 'resources: { gpus: 64 }\n' }, finished)
  const { exitCode, stderr } = await nightshift(there.root, 'session', args)
  expect(exitCode).not.toBe(0)
  expect(stderr.replace(/\s+/g, ' ')).toMatch(/a process sees \d+ GPUs?, and a slot has 64/)
  expect(await readdir(sessionsOf(there.root)).catch(() => [])).toEqual([])
  expect(await git(there.root, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  expect(await leftOn(there)).toEqual([])
})

overSsh(
  'a setup command that fails on a host ends the session in its words, and nothing is left there',
  async finished => {
    const there = await onHosts({ more: 'setup: echo no wheel for this Python; exit 3\n' }, finished)
    const { exitCode, stderr } = await nightshift(there.root, 'session', args)
    expect(exitCode).not.toBe(0)
    expect(stderr.replace(/\s+/g, ' ')).toMatch(/no wheel for this Python/)
    expect(await leftOn(there)).toEqual([])
  },
)
