/** The harness is killed at each durable step of a run on an engine; its resumption finds the run, and submits none twice. */
import { expect } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { overSsh } from '../../helpers/sshd.ts'
import { checkWhole, finish, folderOf, resume } from '../session/faults.ts'
import { leftOn, onHosts } from './onHosts.ts'

const points = [
  'after run-started:1',
  'run submitted:1',
  'after run-submitted:1',
  'run placed:1',
  'run fetched:1',
  'after run-finished:1',
  'run submitted:2',
  'run fetched:1',
]

overSsh(
  'a session that is killed at each step of its runs resumes completely, and executes each run once',
  async finished => {
    const there = await onHosts({}, finished)
    for (const point of points) {
      const { result } = await resume(there.root, point)
      expect(result.signal, `${point}: ${result.stderr}`).toBe('SIGKILL')
    }
    await finish(there.root)
    await checkWhole(there.root)
    expect(await leftOn(there)).toEqual([])
    const folder = await folderOf(there.root)
    const events = await readJournal(files.journal(folder))
    const keys = events.flatMap(e => (e.event === 'run-submitted' ? [e.handle.key] : []))
    expect(new Set(keys).size).toBe(keys.length)
    expect(events.filter(e => e.event === 'run-lost')).toEqual([])
    // What was submitted before a kill is what has the result.
    const { experiments } = await readSession(folder)
    expect(keys).toHaveLength(experiments.flatMap(({ runs }) => runs).length)
  },
  120_000,
)
