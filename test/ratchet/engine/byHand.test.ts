/** What a person adds to a session on an engine: an experiment by hand, and confirm. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { files, listSessions, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { overSsh } from '../../helpers/sshd.ts'
import { nightshift, sessionsOf, write } from '../../helpers/throwaway.ts'
import { leftOn, onHosts } from './onHosts.ts'

overSsh(
  'an experiment by hand and confirm execute their runs on the engine, and say so',
  async finished => {
    const there = await onHosts({ more: 'sandbox: off\nprune: false\n' }, finished)
    const { root } = there
    const call = async (command: string, ...args: string[]) => {
      const { exitCode, stdout, stderr } = await nightshift(root, command, args)
      expect(exitCode, stderr).toBe(0)
      expect(await leftOn(there)).toEqual([])
      return { stdout, stderr }
    }
    await call('session', '--program', 'program.md', '--tag', 'try', '--experiments', '1', '--seeds', '1')
    const [id = ''] = await listSessions(sessionsOf(root))
    const { stdout: checkout } = await call('experiment', id, '--where')
    const source = await readFile(join(checkout.trim(), 'train.js'), 'utf8')
    await write(checkout.trim(), { 'train.js': source.replace(/^const RATE = .*/m, 'const RATE = 0.08') })
    await call('experiment', id, '-m', 'by hand')
    await call('confirm', id, '--seeds', '1')
    const folder = join(sessionsOf(root), id)
    const { experiments } = await readSession(folder)
    expect(experiments.map(({ status }) => status)).toEqual(['keep', 'keep', 'keep'])
    const events = await readJournal(files.journal(folder))
    const runs = events.flatMap(e => (e.event === 'run-finished' ? [e.run] : []))
    expect(new Set(runs.map(({ purpose }) => purpose))).toEqual(new Set(['baseline', 'candidate', 'confirm']))
    for (const { node } of runs) expect(node).toBe('node1')
    expect(events.filter(e => e.event === 'run-submitted')).toHaveLength(runs.length)
    // The session's and that of confirm, at least.
    const ready = events.filter(e => e.event === 'place' && e.state === 'ready')
    expect(ready.length).toBeGreaterThanOrEqual(2)
    expect(await readFile(files.report(folder), 'utf8')).toContain('Runs executed on')
  },
  120_000,
)
