/** A whole session whose runs execute in held jobs of a real Slurm cluster, with its harness killed on the way. */
import { join } from 'node:path'
import { expect } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { onSlurm, startCluster } from '../../helpers/slurm.ts'
import { inShell, player, program, shellTrainer } from '../../helpers/target.ts'
import { nightshift, repository, untilLast, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'
import { steps } from './onHosts.ts'

const finished = untilLast()

onSlurm(
  'a session in two held jobs of Slurm is killed, finds its runs again, and leaves no job',
  { timeout: 120_000 },
  async () => {
    const cluster = await startCluster({ nodes: 2 }, finished)
    const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' }, finished)
    await write(join(root, '..'), { 'agent.sh': player(steps) })
    const engine = 'engine: slurm\nresources: { cpus: 2, memory: 100M }\nslots: 2\nproposers: 1\nahead: 0\n'
    await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), engine)) })
    const asked = ['--program', 'program.md', '--tag', 'try', '--experiments', '3', '--seeds', '1']
    const killed = await nightshift(root, 'session', asked, { ...cluster.env, NIGHTSHIFT_FAILPOINT: 'run submitted:2' })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    const { exitCode, stderr } = await nightshift(root, 'session', ['resume'], cluster.env)
    expect(exitCode, stderr).toBe(0)
    expect(await cluster.run('squeue', '-h')).toBe('')
    const folder = await folderOf(root)
    const { session, experiments } = await readSession(folder)
    expect(session.engine).toMatchObject({ use: 'slurm', shared: true, places: 2 })
    expect(experiments.map(({ number }) => number).sort()).toEqual([0, 1, 2, 3])
    const runs = experiments.flatMap(experiment => experiment.runs)
    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['ok']))
    for (const { node } of runs) expect(cluster.nodes).toContain(node)
    const events = await readJournal(files.journal(folder))
    expect(events.filter(e => e.event === 'run-submitted')).toHaveLength(runs.length)
    const ready = events.flatMap(e => (e.event === 'place' && e.state === 'ready' ? [e.job] : []))
    expect(ready.length).toBeGreaterThan(0)
    for (const job of ready) expect(job).toMatch(/^\d+_[01]$/)
  },
)
