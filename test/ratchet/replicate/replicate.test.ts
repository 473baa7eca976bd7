/** A session of another repository, replicated here by the command. The session's records are written by hand. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { expect, test } from 'vitest'
import { replicated } from '../../../scripts/analysis/replicated.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { isOver } from '../../../scripts/record/unfinished.ts'
import { buildExperiment, buildSession } from '../../helpers/exampleRecords.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const knobs = (rate: number, depth: number, mode: number) =>
  `RATE = ${rate}\n# the depth\nDEPTH = ${depth}\n# others\nWIDTH = 3\nMODE = ${mode}\n`

/** The loss falls with RATE and rises with DEPTH; the seed adds up to 0.01. */
const run = `awk -v seed="$NIGHTSHIFT_SEED" '
  { v[$1] = $3 }
  END { printf "---\\nloss: %.6f\\n", 2 - v["RATE"] / 10 + v["DEPTH"] / 40 - v["WIDTH"] / 100 + ((seed * 7919) % 11) / 1000 }
' knobs.txt
`

const program = (metric = 'loss') =>
  `---\nedit: knobs.txt\nrun: sh run.sh\nmetric: ${metric}\nbudget: 1s\nseeds: 2\nagent: tuner\nfallback: []\n---\n\nSmaller.\n`

/** What was kept there: a better rate, a worse depth, and a mode that does not apply here. */
const kept = [knobs(2, 4, 1), knobs(5, 4, 1), knobs(5, 8, 1), knobs(5, 8, 2)]

async function withOriginal(): Promise<string> {
  const root = await repository({ 'knobs.txt': knobs(2, 4, 9), 'run.sh': run, 'program.md': program() })
  const session = buildSession({
    id: 'there',
    tag: 'there',
    metric: { name: 'loss', goal: 'minimize', unit: null, holdout: null },
    budget: 300,
    contract: { edit: ['knobs.txt'], run: 'sh run.sh', target: '.', seeds: 3 },
  })
  const experiments = kept.map((_, i) => buildExperiment(i, { status: 'keep', metric: 2 - i / 10 }))
  const patches = kept.slice(1).map((text, i) => {
    const patch = createTwoFilesPatch('a/knobs.txt', 'b/knobs.txt', kept[i] ?? '', text)
    return [`runs/000${i + 1}/change.patch`, patch.replace(/^=+\n/, '')] as const
  })
  await write(join(sessionsOf(root), 'there'), {
    'session.json': JSON.stringify(session),
    'experiments.jsonl': experiments.map(e => `${JSON.stringify(e)}\n`).join(''),
    'source/knobs.txt': kept[0] ?? '',
    ...Object.fromEntries(patches),
  })
  return root
}

const ownFolder = async (root: string): Promise<string> => {
  const own = (await readdir(sessionsOf(root))).find(name => name.endsWith('replicate-there'))
  return join(sessionsOf(root), own ?? 'none')
}

test('a replication that is killed at any step goes on, and says of each change what its runs beside the baseline show', {
  timeout: 120_000,
}, async () => {
  const root = await withOriginal()
  const args = ['there', '--program', 'program.md', '--each', '--set', 'WIDTH=6']
  const started = await nightshift(root, 'replicate', args, { NIGHTSHIFT_FAILPOINT: 'inside candidate:2' })
  expect(started.signal, started.stderr).toBe('SIGKILL')
  const folder = await ownFolder(root)
  const [, id = ''] = /([^/]+)$/.exec(folder) ?? []
  for (const point of [
    'after run-finished:1',
    'tables written:2',
    'after run-started:2',
    'judged:1',
    'digest written:1',
  ]) {
    const resumed = await nightshift(root, 'session', ['resume', id], { NIGHTSHIFT_FAILPOINT: point })
    expect(resumed.signal, `${point}: ${resumed.stderr}`).toBe('SIGKILL')
  }
  const last = await nightshift(root, 'session', ['resume', id])
  expect(last.exitCode, last.stderr).toBe(0)
  expect(last.stderr).toContain(`npx pnpm compare there ${id}`)

  const { session, experiments } = await readSession(folder)
  expect(session.stop?.kind).toBe('replicated')
  expect(isOver('replicated')).toBe(true)
  expect(session.agent).toEqual({ use: 'replicate', model: null })
  expect(session.replication).toMatchObject({
    session: 'there',
    machine: 'Example CPU',
    budget: 300,
    experiments: [1, 2],
    isFinal: false,
    confirmed: null,
    head: await git(root, 'rev-parse', 'HEAD'),
    set: [{ knob: 'WIDTH', file: 'knobs.txt', from: '3', to: '6' }],
  })
  expect(await git(root, 'cat-file', 'blob', `${session.baseCommit}:knobs.txt`)).toContain('WIDTH = 6')

  const found = replicated(session, experiments)
  const said = found.map(({ experiment, isStack, outcome }) => [experiment.replicates?.experiments, isStack, outcome])
  expect(said).toEqual([
    [[1, 2], true, 'confirmed'],
    [[1], false, 'confirmed'],
    [[2], false, 'opposite'],
    [[3], false, 'did not apply'],
  ])
  const stack = found.find(({ isStack }) => isStack)?.experiment
  expect(stack).toMatchObject({ number: 1, status: 'keep', looks: [{ purpose: 'confirm', pairs: 2, call: 1 }] })
  expect(stack?.reason).toMatch(/^Confirmed here: loss −0\.2000 ± \d\.\d+ \(95% interval, 2 seeds each\)\.$/)
  for (const { number, runs, status } of experiments) {
    const seeds = runs
      .filter(({ purpose, outcome }) => purpose === 'confirm' && outcome === 'ok')
      .map(({ seed }) => seed)
    expect(seeds.sort(), String(number)).toEqual(status === 'conflict' ? [] : [1001, 1002])
  }
  expect(await git(root, 'rev-parse', session.branch ?? '')).toBe(stack?.commit)
  const refs = await git(root, 'for-each-ref', '--format=%(refname:lstrip=3)', `refs/autoresearch/${session.tag}`)
  expect(refs.split('\n')).toEqual(['0001', '0002', '0003'])
  expect(await readFile(files.patch(folder, 3), 'utf8')).toContain('+DEPTH = 8')
  expect(await git(root, 'status', '--porcelain')).toBe('')

  const again = await nightshift(root, 'session', ['resume', id, '--experiments', '9'])
  expect(again.stderr).toContain('is a replication, which ends by its own rule')
})

test('a session with another metric, and one of which nothing applies, are one error each', async () => {
  const root = await withOriginal()
  await write(root, { 'knobs.txt': 'RATE = 7\nDEPTH = 7\nMODE = 7\n', 'other.md': program('accuracy') })
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qam', 'other values')
  const replicate = (...args: string[]) => nightshift(root, 'replicate', ['there', ...args])
  const [other, nothing] = await Promise.all([
    replicate('--program', 'other.md', '--dry-run'),
    replicate('--program', 'program.md'),
  ])
  expect([other.exitCode, nothing.exitCode]).toEqual([2, 2])
  expect(other.stderr.replace(/\s+/g, ' ')).toContain('there has the metric loss (minimize), and')
  expect(nothing.stderr).toMatch(/^error: No change of there applies to [0-9a-f]{7}:\n/)
  expect(nothing.stderr.match(/does not apply/g)).toHaveLength(3)
  expect(await readdir(sessionsOf(root))).toEqual(['there'])
})
