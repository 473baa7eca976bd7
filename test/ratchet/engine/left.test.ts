/** A session whose process must end within seconds: its runs go on in jobs of a real Slurm cluster, and its resumption finds them. */
import { access, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, inject, vi } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal, readJournalIfThere } from '../../../scripts/record/journal.ts'
import { type Cluster, onSlurm, slurmMissing, startCluster } from '../../helpers/slurm.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { type Finished, nightshift, repository, scratch, untilLast, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'

const finished = untilLast()
let cluster: Cluster
beforeAll(async () => {
  if (slurmMissing === null) cluster = await startCluster({ nodes: 1 }, finished)
}, 60_000)

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
  'a session that is left in a candidate and in confirm finds each run again, and submits none twice',
  { timeout: 150_000 },
  async () => {
    const gates = await scratch(finished)
    const root = await target(gates, finished)
    const runs = ['0.04-1', '0.02-1001', '0.04-1001']
    await writeFile(join(gates, '0.02-1'), '')
    const env = { ...cluster.env, SLURM_JOB_ID: '17' }
    for (const [i, run] of runs.entries()) {
      const session = nightshift(root, 'session', i === 0 ? asked : ['resume'], env)
      await untilPlaced(root, i + 2)
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
      expect(experiments.map(({ status }) => status)).toEqual(['keep', 'keep'].slice(0, i + 1))
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

onSlurm(
  'harness.sh of docs/engines.md is put back into the queue at its time limit, and goes on with the run that it left',
  { timeout: 120_000 },
  async () => {
    const docs = await readFile(join(import.meta.dirname, '../../../docs/engines.md'), 'utf8')
    const script = /```sh\n(#!\/bin\/bash\n[\s\S]*?)```/.exec(docs)?.[1]?.replace('tag=nov28', 'tag=try') ?? ''
    const gates = await scratch(finished)
    const root = await target(gates, finished)
    const bundle = join(inject('bundledCommands'), 'session.mjs')
    const flags = `if [ "$1" = --tag ]; then set -- ${asked.join(' ')}; fi`
    await write(root, { 'harness.sh': script })
    await write(join(root, '../bin'), {
      'npx.sh': `#!/bin/sh\nshift 2\n${flags}\nexec '${process.execPath}' '${bundle}' "$@"\n`,
    })
    await symlink('npx.sh', join(root, '../bin/npx'))
    const env = {
      ...cluster.env,
      PATH: `${join(root, '../bin')}:${process.env.PATH}`,
      NIGHTSHIFT_SESSIONS: join(root, 'sessions'),
      NIGHTSHIFT_WORK: join(root, '../work'),
    }
    const sbatch = ['--parsable', '--partition=main', '--mem=100M', 'harness.sh']
    const { stdout: job } = await execa('sbatch', sbatch, { cwd: root, env })
    const log = () => readFile(join(root, 'harness.log'), 'utf8').catch(() => 'no log')
    await vi.waitFor(async () => expect(await readdir(join(root, 'sessions'))).toHaveLength(1), 60_000)
    const folder = join(root, 'sessions', (await readdir(join(root, 'sessions')))[0] ?? '')
    const namesOf = async () => ((await readJournalIfThere(files.journal(folder))) ?? []).map(({ event }) => event)
    await vi.waitFor(async () => expect(await namesOf(), await log()).toContain('run-placed'), 60_000)
    // What Slurm does by --signal=B:TERM.
    await cluster.run('scancel', '--batch', '--signal=TERM', job)
    await vi.waitFor(async () => expect(await namesOf(), await log()).toContain('stopped'), 30_000)
    await writeFile(join(gates, 'all'), '')
    await vi.waitFor(async () => expect(await cluster.run('squeue', '-h'), await log()).toBe(''), 90_000)
    expect(await log()).toContain('found the run of 0000 on its engine')
    const { session, experiments } = await readSession(folder)
    expect(session.stop?.kind, await log()).toBe('experiments')
    const made = experiments.flatMap(({ runs }) => runs)
    expect((await namesOf()).filter(name => name === 'run-submitted')).toHaveLength(made.length)
  },
)
