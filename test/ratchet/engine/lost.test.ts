/** Runners that are killed: each experiment has one verdict, and no run is lost or counted twice. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { overSsh } from '../../helpers/sshd.ts'
import { set, shellTrainer } from '../../helpers/target.ts'
import { nightshift, scratch } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'
import { leftOn, onHosts } from './onHosts.ts'

/** Its runner is killed in every fourth run, and in each that has the rate 0.64. */
const deadly = (counts: string): string =>
  shellTrainer.replace(
    'case $NIGHTSHIFT_SPLITS',
    `i=1; while ! mkdir ${counts}/$i 2>/dev/null; do i=$((i + 1)); done
[ $((i % 4)) != 0 ] && [ $RATE != 0.64 ] || { kill -9 $(awk '{ print $4 }' /proc/$PPID/stat); sleep 60; }
case $NIGHTSHIFT_SPLITS`,
  )

overSsh(
  'with runners killed at random in three slots, every experiment has one verdict, and nothing is lost or double',
  async finished => {
    const counts = join(await scratch(finished), 'counts')
    await mkdir(counts)
    const rates = ['0.64', '0.04', '0.05', '0.03', '0.06', '0.07']
    const there = await onHosts(
      { slots: 3, trainer: deadly(counts), played: rates.map(rate => set('RATE', rate)), more: 'sandbox: off\n' },
      finished,
    )
    const asked = ['--program', 'program.md', '--tag', 'try', '--experiments', '6', '--seeds', '1']
    const result = await nightshift(there.root, 'session', asked)
    expect(result.exitCode, result.stderr).toBe(0)
    expect(await leftOn(there)).toEqual([])
    const folder = await folderOf(there.root)
    const { session, experiments } = await readSession(folder)
    expect(session.stop?.kind).toBe('experiments')
    expect(experiments.map(({ number }) => number).sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    const events = await readJournal(files.journal(folder))
    const verdicts = events.flatMap(e => (e.event === 'judged' ? [e.experiment.number] : []))
    expect(new Set(verdicts).size).toBe(verdicts.length)
    const ended = events.flatMap(e => (e.event === 'run-finished' ? [`${e.experiment}/${e.run.k}`] : []))
    expect(new Set(ended).size).toBe(ended.length)
    const keys = events.flatMap(e => (e.event === 'run-submitted' ? [e.handle.key] : []))
    expect(new Set(keys).size).toBe(keys.length)
    // Every attempt has a result or is recorded as lost.
    const lost = events.filter(e => e.event === 'run-lost')
    expect(lost.map(({ cause }) => cause)).toEqual(lost.map(() => 'runner killed'))
    expect(keys).toHaveLength(ended.length - 1 + lost.length)
    // What is lost each time says so; all others were made again with their seed.
    const fatal = experiments.find(({ description }) => description === 'RATE to 0.64')
    expect(fatal).toMatchObject({ status: 'crash', fixes: 0 })
    expect(fatal?.runs[0]?.why).toMatch(/^lost by the engine in 3 attempts \(runner killed\)/)
    expect(fatal?.runs[0]?.lost).toHaveLength(3)
    const others = experiments.filter(e => e !== fatal).flatMap(({ runs }) => runs)
    expect(others.map(({ outcome }) => outcome)).toEqual(others.map(() => 'ok'))
    expect(others.filter(({ lost }) => lost !== undefined).length).toBeGreaterThan(0)
  },
  120_000,
)
