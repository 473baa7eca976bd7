/** A session whose process must end within seconds: its runs go on in jobs of a real Slurm cluster, and its resumption finds them. */
import { access, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, vi } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal, readJournalIfThere } from '../../../scripts/record/journal.ts'
import { onSlurm, startCluster } from '../../helpers/slurm.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { type Finished, nightshift, repository, scratch, untilLast, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'

const finished = untilLast()

/** Each of its runs waits for a file of its rate and seed, or for the one that lets all go. */
const waiting = (gates: string): string =>
  shellTrainer.replace(
    'case $NIGHTSHIFT_SPLITS',
    `until [ -e ${gates}/$RATE-$NIGHTSHIFT_SEED ] || [ -e ${gates}/all ]; do sleep 0.1; done\n$&`,
  )

async function target(gates: string, finished: Finished): Promise<string> {
  const root = await repository({ 'train.js': waiting(gates), 'frozen.txt': 'as it is\n' }, finished)
  await write(join(root, '..'), { 'agent.sh': player([set('RATE', '0.04')]) })
  const engine = 'engine: slurm\nresources: { cpus: 1, memory: 100M }\nsandbox: off\nprune: false\n'
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), engine)) })
  return root
}

const eventsOf = async (root: string) => (await readJournalIfThere(files.journal(await folderOf(root)))) ?? []

/** Waits until so many runs have begun on a node. */
const untilPlaced = (root: string, count: number) =>
  vi.waitFor(async () => {
    const placed = (await eventsOf(root)).filter(({ event }) => event === 'run-placed')
    expect(placed).toHaveLength(count)
  }, 60_000)

const asked = ['--program', 'program.md', '--tag', 'try', '--experiments', '1', '--seeds', '1']

onSlurm(
  'a session that is left in the baseline, a candidate and confirm finds each run again, and submits none twice',
  { timeout: 150_000 },
  async () => {
    const cluster = await startCluster({ nodes: 1 }, finished)
    const gates = await scratch(finished)
    const root = await target(gates, finished)
    const runs = ['0.02-1', '0.04-1', '0.02-1001', '0.04-1001']
    const env = { ...cluster.env, SLURM_JOB_ID: '17' }
    for (const [i, run] of runs.entries()) {
      const session = nightshift(root, 'session', i === 0 ? asked : ['resume'], env)
      await untilPlaced(root, i + 1)
      if (i === runs.length - 1) await writeFile(join(gates, 'all'), '')
      // In a job of Slurm a SIGTERM asks for the same.
      else if (i % 2 === 0) session.kill('SIGTERM')
      else {
        const left = await nightshift(root, 'session', ['stop', '--leave'], env)
        expect(left.exitCode, left.stderr).toBe(0)
        expect(left.stderr).toContain('its runs go on')
        await expect(access(join(root, '../work', basename(await folderOf(root)), 'lock'))).rejects.toThrow('ENOENT')
      }
      const { exitCode, stderr } = await session
      expect(exitCode, stderr).toBe(0)
      if (i === runs.length - 1) break
      expect(stderr).toMatch(/session resume/)
      const { session: record, experiments } = await readSession(await folderOf(root))
      expect(record.stop).toMatchObject({ kind: 'interrupted', detail: expect.stringContaining('left') })
      expect(experiments.map(({ status }) => status)).toEqual(['keep', 'keep'].slice(0, i))
      expect(await cluster.run('squeue', '-h', '-o', '%T')).toBe('RUNNING')
      // It ends while no harness is there.
      await writeFile(join(gates, run), '')
    }
    expect(await cluster.run('squeue', '-h')).toBe('')
    const { session, experiments } = await readSession(await folderOf(root))
    expect(session.stop?.kind).toBe('experiments')
    expect(experiments.map(({ status }) => status)).toEqual(['keep', 'keep'])
    const made = experiments.flatMap(({ runs }) => runs)
    expect(new Set(made.map(({ outcome }) => outcome))).toEqual(new Set(['ok']))
    const events = await readJournal(files.journal(await folderOf(root)))
    for (const event of ['run-started', 'run-submitted', 'run-finished'])
      expect(events.filter(e => e.event === event).length, event).toBe(made.length)
  },
)
