/** Whole sessions whose runs execute on an engine: the records are those of a session on this machine. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { overSsh } from '../../helpers/sshd.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { checkWhole, args as first, folderOf, target } from '../session/faults.ts'
import { leftOn, onHosts } from './onHosts.ts'

/** What a session says of its experiments, whatever it ran on. */
async function verdicts(root: string) {
  const { experiments } = await readSession(await folderOf(root))
  return experiments.map(({ number, status, metric, runs }) => ({
    number,
    status,
    metric,
    runs: runs.map(({ k, purpose, seed, outcome, metric, holdout }) => ({
      k,
      purpose,
      seed,
      outcome,
      metric,
      holdout,
    })),
  }))
}

overSsh(
  'a session on a host has the verdicts and values of one on this machine, and leaves nothing there',
  async finished => {
    const here = await target({}, finished)
    const there = await onHosts({}, finished)
    const results = await Promise.all([here, there.root].map(root => nightshift(root, 'session', first)))
    for (const { exitCode, stderr } of results) expect(exitCode, stderr).toBe(0)
    expect(await verdicts(there.root)).toEqual(await verdicts(here))
    await checkWhole(there.root)
    expect(await leftOn(there)).toEqual([])
    const folder = await folderOf(there.root)
    const { session, experiments } = await readSession(folder)
    expect(session.engine).toMatchObject({ use: 'ssh', shared: false, places: 1 })
    const runs = experiments.flatMap(experiment => experiment.runs)
    for (const run of runs) {
      expect(run.node).toBe(session.nodes?.[0]?.node)
      expect(run.waitedSeconds).toBeGreaterThanOrEqual(0)
      expect(run.lost).toBeUndefined()
    }
    // Each run was submitted once, under a key of its own.
    const submitted = (await readJournal(files.journal(folder))).flatMap(e =>
      e.event === 'run-submitted' ? [e.handle.key] : [],
    )
    expect(new Set(submitted).size).toBe(submitted.length)
    expect(submitted).toHaveLength(runs.length)
    expect(await readFile(files.report(folder), 'utf8')).toContain('RATE to 0.08')
  },
  120_000,
)

overSsh('a session that no host takes says what helps, and begins nothing that could be resumed', async finished => {
  const { root, hosts } = await onHosts({}, finished)
  const config = await readFile(hosts.config, 'utf8')
  await writeFile(
    hosts.config,
    config.replace(/IdentityFile .*/, `IdentityFile ${join(hosts.folder, 'node1/host_key')}`),
  )
  const { exitCode, stderr } = await nightshift(root, 'session', first)
  expect(exitCode).toBe(2)
  expect(stderr.replace(/\s+/g, ' ')).toMatch(
    /No place .* Permission denied \(publickey\)\. .* Load the key \(ssh-add\)/,
  )
  expect(stderr).not.toContain('resum')
  const resumed = await nightshift(root, 'session', ['resume'])
  expect(resumed.exitCode).toBe(2)
  expect(resumed.stderr).toMatch(/no .*session/i)
})
