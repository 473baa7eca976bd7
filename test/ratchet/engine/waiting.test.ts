/** Sessions on a real Slurm cluster that has no place for them: what they say, what ends them, and that they leave no job. */
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, vi } from 'vitest'
import { files, listSessions, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { type Cluster, onSlurm, slurmMissing, startCluster } from '../../helpers/slurm.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { nightshift, repository, scratch, sessionsOf, untilLast, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'

const finished = untilLast()
let cluster: Cluster
beforeAll(async () => {
  if (slurmMissing === null)
    cluster = await startCluster({ nodes: 1, cpus: 2, settings: ['EnforcePartLimits=ALL'] }, finished)
}, 60_000)

/** A repository whose runs with the rate 0.01 wait for a file. @param engine keys of `engine` of program.md */
async function target(engine = '', more = 'resources: { cpus: 1, memory: 50M }\n') {
  const gate = join(await scratch(finished), 'open')
  const waits = `until [ $RATE != 0.01 ] || [ -e ${gate} ]; do sleep 0.1; done\n$&`
  const trainer = shellTrainer.replace('case $NIGHTSHIFT_SPLITS', waits)
  const root = await repository({ 'train.js': trainer, 'frozen.txt': 'as it is\n' }, finished)
  await write(join(root, '..'), { 'agent.sh': player([set('RATE', '0.04'), set('RATE', '0.01')]) })
  const lines = `engine: { use: slurm${engine} }\nsandbox: off\nprune: false\n${more}`
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), lines)) })
  return { root, gate }
}

const session = (root: string, args: string[]) => nightshift(root, 'session', args, cluster.env)
const begin = ['--program', 'program.md', '--tag', 'try', '--seeds', '1']
const oneLine = (text: string) => text.replace(/\s+/g, ' ')
/** A job of somebody else, who has the node. */
const takeNode = () => cluster.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap', 'sleep 600')
const jobs = async () => (await cluster.run('squeue', '-h', '-o', '%A')).split('\n').filter(job => job !== '')

onSlurm(
  'a session that cannot begin says why, in the words of Slurm or of the node, and leaves nothing',
  { timeout: 120_000 },
  async () => {
    const refused = async ({ root }: { root: string }, args: string[] = begin) => {
      const { exitCode, stderr } = await session(root, args)
      expect(exitCode, stderr).toBe(2)
      expect(await listSessions(sessionsOf(root))).toEqual([])
      return oneLine(stderr)
    }
    expect(await refused(await target(', partition: a100'))).toContain('Invalid partition name specified')
    const large = await target('', 'resources: { cpus: 999 }\n')
    expect(await refused(large)).toContain('More processors requested than permitted')
    expect(await refused(await target(', python: /nowhere/bin/python3'))).toMatch(/on n1: .*\/nowhere\/bin\/python3/)
    expect(await jobs()).toEqual([])
    const other = await takeNode()
    const there = await target()
    const late = await refused(there, [...begin, '--hours', '0.001'])
    expect(late).toContain('No place was ready before the end of the session')
    const stopped = session(there.root, begin)
    let said = ''
    stopped.stderr.on('data', (part: Buffer) => (said += part))
    await vi.waitFor(() => expect(oneLine(said)).toContain('waiting for the first place'), 30_000)
    stopped.kill('SIGINT')
    expect(oneLine((await stopped).stderr)).toContain('The session was stopped before a place was ready')
    expect(await jobs()).toEqual([other])
    await cluster.run('scancel', other)
  },
)

onSlurm(
  'a session without a place names what it waits for, and a stop or its time ends it without one',
  { timeout: 120_000 },
  async () => {
    const { root, gate } = await target(', queue_timeout: 1s', 'slots: 3\nresources: { cpus: 1, memory: 50M }\n')
    const first = session(root, [...begin, '--experiments', '2'])
    let said = ''
    first.stderr.on('data', (part: Buffer) => (said += part))
    const queued = /1 place of 3 waited for since .* \(Resources\); the session goes on with the others/
    await vi.waitFor(() => expect(oneLine(said)).toMatch(queued), 40_000)
    await vi.waitFor(async () => {
      const events = await readJournal(files.journal(await folderOf(root)))
      expect(events.filter(e => e.event === 'judged')).toHaveLength(2)
      expect(events.some(e => e.event === 'run-placed' && e.experiment === 2)).toBe(true)
    }, 60_000)
    const left = await session(root, ['stop', '--leave'])
    expect(left.exitCode, left.stderr).toBe(0)
    await first
    await cluster.run('scancel', `--user=${userInfo().username}`)
    await vi.waitFor(async () => expect(await jobs()).toEqual([]), 30_000)
    const other = await takeNode()
    await writeFile(gate, '')

    const stopped = session(root, ['resume'])
    stopped.stderr.on('data', (part: Buffer) => (said += part))
    await vi.waitFor(() => expect(oneLine(said)).toMatch(/no place is ready, and the session waits on/), 40_000)
    stopped.kill('SIGINT')
    const { exitCode, stderr } = await stopped
    expect(exitCode, stderr).toBe(0)
    expect(oneLine(stderr)).toContain('nothing is confirmed: no place of the engine was ready')
    expect((await readSession(await folderOf(root))).session.stop?.kind).toBe('interrupted')

    const over = await session(root, ['resume', '--hours', '0.001'])
    expect(over.exitCode, over.stderr).toBe(0)
    expect(oneLine(over.stderr)).toContain('nothing is confirmed')
    const { session: record, experiments } = await readSession(await folderOf(root))
    expect(record.stop?.kind).toBe('hours')
    expect(experiments.map(({ status }) => status)).toEqual(['keep', 'keep', 'aborted'])
    expect(await jobs()).toEqual([other])
  },
)
