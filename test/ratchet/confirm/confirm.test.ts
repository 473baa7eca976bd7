import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { confirmPairs } from '../../../scripts/analysis/confirm/confirmed.ts'
import { digestSchema } from '../../../scripts/analysis/schema.ts'
import { readJson } from '../../../scripts/lib/files/read.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import { confirmGain } from '../../../scripts/stats/confirm.ts'
import { player, program, shellConstants } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/**
 * A trainer with constants of known effect: PLAIN gains 0.2; LUCKY gains on seed 1 and costs 0.1 on others; SHY gains
 * 0.1, but hardly on seed 1; EMPTY only changes the noise. Seeds differ by up to 0.01.
 */
const trainer = `${shellConstants}
const PLAIN = 0

# separate hunks, so that each line can be reverted alone

const LUCKY = 0

# separate

const SHY = 0

# separate

const EMPTY = 0
held=$(case $NIGHTSHIFT_SPLITS in *holdout*) echo 1 ;; esac)
awk -v PLAIN=$PLAIN -v LUCKY=$LUCKY -v SHY=$SHY -v EMPTY=$EMPTY -v seed=$NIGHTSHIFT_SEED -v held=$held 'BEGIN {
  first = seed == 1
  noise = first ? 0.005 : seed * (7919 + EMPTY * 3) % 11 / 1100
  lucky = LUCKY * (first ? -0.0002 : 0.1)
  shy = SHY * (first ? -0.0002 : -0.1)
  empty = EMPTY * (first ? -0.0002 : 0)
  loss = 1 - 0.2 * PLAIN + lucky + shy + empty + noise
  printf "---\\nloss: %.6f\\ntraining_seconds: 0.1\\n", loss
  if (held) printf "held_loss: %.6f\\n", loss + 0.1
}'
`

const set = (name: string, value: number) =>
  `sed -i.bak 's/^const ${name} = .*/const ${name} = ${value}/' train.js && rm train.js.bak; echo '${name} to ${value}'`

/** Runs a session of these proposals, one experiment each, with 2 seeds. @returns the repository's root */
async function session(steps: string[], more = ''): Promise<string> {
  const root = await repository({ 'train.js': trainer })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  // Lines have no cost: a change is kept when it is better on seed 1.
  const text = program(join(root, '../agent.sh'), `line_cost: 0\nseeds: 2\n${more}`)
  await write(root, { 'program.md': text.replace('run: node', 'run: sh') })
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'the program')
  const args = ['--program', 'program.md', '--tag', 'try', '--experiments', String(steps.length)]
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  return root
}

async function open(root: string) {
  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  const looks = (await readJournal(files.journal(folder))).flatMap(event => (event.event === 'look' ? [event] : []))
  return { folder, looks, ...(await readSession(folder)), digest: await readJson(files.digest(folder), digestSchema) }
}

const confirm = async (root: string, ...args: string[]) => {
  const result = await nightshift(root, 'confirm', ['--json', ...args])
  expect(result.exitCode, result.stderr).toBe(0)
  return { stderr: result.stderr, digest: digestSchema.parse(JSON.parse(result.stdout)) }
}

/** Confirm runs in the order in which they were made. */
const confirms = (experiments: Experiment[]) =>
  experiments
    .flatMap(e => e.runs.filter(run => run.purpose === 'confirm').map(run => ({ n: e.number, ...run })))
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
    .map(run => [run.n, run.seed])

test('extra pairs are run while the result is undecided, up to the limit, and every look counts, those of pnpm confirm too', {
  timeout: 60_000,
}, async () => {
  const root = await session([set('EMPTY', 1)])
  const first = await open(root)
  // Two pairs as planned, then two more, one at a time, still in ABBA order.
  const pairs = [
    [0, 1],
    [1, 0],
    [0, 1],
    [1, 0],
  ].flatMap((order, i) => order.map(n => [n, 1001 + i]))
  expect(confirms(first.experiments)).toEqual(pairs)
  expect(first.looks.map(({ experiment, look }) => [experiment, look.purpose, look.pairs])).toEqual([
    [1, 'confirm', 2],
    [1, 'confirm', 3],
    [1, 'confirm', 4],
  ])
  expect(first.digest.confirmed).toMatchObject({ verdict: 'inconclusive', seeds: 4, looks: 3 })

  const { digest, stderr } = await confirm(root, '--seeds', '1')
  const second = await open(root)
  expect(confirms(second.experiments).slice(8)).toEqual([
    [0, 1005],
    [1, 1005],
    [1, 1006],
    [0, 1006],
  ])
  expect(second.looks.map(({ look }) => [look.pairs, look.call])).toEqual([
    [2, 1],
    [3, 1],
    [4, 1],
    [5, 2],
    [6, 2],
  ])
  expect(digest.confirmed).toMatchObject({ seeds: 6, looks: 5 })
  expect(stderr).toContain('compared 5 times as they grew')
  // A single look at the same runs gives a narrower interval, which is not valid after five looks.
  const once = confirmGain(
    confirmPairs(second.experiments[0], second.experiments[1], 'metric'),
    'minimize',
    second.session.noise,
  )
  const width = (of: { interval: [number, number] }) => of.interval[1] - of.interval[0]
  expect(width(digest.confirmed ?? once)).toBeGreaterThan(1.1 * width(once))
  expect(await readFile(files.report(second.folder), 'utf8')).toContain('compared 5 times as they grew')
})

test('ABBA order goes on over calls of confirm', { timeout: 60_000 }, async () => {
  const root = await session([set('PLAIN', 1)])
  const before = confirms((await open(root)).experiments).length
  for (let call = 0; call < 3; call++) await confirm(root, '--seeds', '1')
  const first = confirms((await open(root)).experiments)
    .filter((_, i) => i % 2 === 0)
    .map(([number]) => number)
  expect(first.length).toBeGreaterThanOrEqual(before / 2 + 3)
  expect(first).toEqual(first.map((_, i) => i % 2))
})

test('ablation removes uncertain keeps one at a time: each is confirmed, refuted, undecided or not removable', {
  timeout: 60_000,
}, async () => {
  // Prune would take the uncertain ones out before.
  const steps = [set('PLAIN', 1), set('LUCKY', 1), set('SHY', 1), set('EMPTY', 1), set('EMPTY', 2)]
  const root = await session(steps, 'prune: false\n')
  const before = await open(root)
  expect(before.experiments.map(e => e.status)).toEqual(Array<string>(6).fill('keep'))
  const { commit: head } = before.experiments[5] ?? {}
  const { digest, stderr } = await confirm(root, '--ablate')
  const after = await open(root)
  const kept = [...digest.kept].sort((a, b) => a.experiment - b.experiment)
  expect(kept.map(k => [k.label, k.ablation?.verdict ?? null, k.ablationError])).toEqual([
    // Its P(real) is over 0.9, so it is not ablated.
    ['too few runs', null, null],
    ['refuted', 'worse', null],
    ['confirmed', 'better', null],
    ['too few runs', null, 'later changes touch the same lines of train.js'],
    ['too few runs', 'inconclusive', null],
  ])
  expect(kept[1]?.ablation?.gain).toBeCloseTo(-0.1, 5)
  expect(kept[2]?.ablation?.gain).toBeCloseTo(0.1, 5)

  // Each ablation is a commit on the head, run on the seeds of the head's confirm runs; it is not an experiment.
  expect(after.experiments.map(e => e.number)).toEqual([0, 1, 2, 3, 4, 5])
  const runs = after.experiments.flatMap(e =>
    e.runs.filter(run => run.purpose === 'ablate').map(run => [e.number, run.seed]),
  )
  const ablated = after.experiments.flatMap(e => e.runs.filter(run => run.purpose === 'ablate'))
  expect(ablated.every(run => run.holdout === null && run.metric !== null)).toBe(true)
  expect(runs).toEqual(
    [2, 3, 5].flatMap(n => [
      [n, 1001],
      [n, 1002],
    ]),
  )
  expect(confirms(after.experiments)).toEqual(confirms(before.experiments))
  expect(await git(root, 'rev-parse', 'refs/autoresearch/try/0002-ablate^')).toBe(head)
  const without = await git(root, 'diff', '--unified=0', head ?? '', 'refs/autoresearch/try/0002-ablate')
  expect(without.split('\n').filter(line => /^[-+]\w/.test(line))).toEqual(['-const LUCKY = 1', '+const LUCKY = 0'])
  expect(await git(root, 'rev-parse', 'autoresearch/try')).toBe(head)
  expect(await git(root, 'status', '--porcelain')).toBe('')
  // The session's noise estimate does not change.
  expect(digest.noise).toEqual(before.digest.noise)

  // Each ablation has one line on the terminal and in the report.
  expect(stderr).toMatch(/0002 0\.7\d+, so it is worth \+0\.1000 ± .*: refuted/)
  expect(stderr).toMatch(/0003 .* is worth −0\.1000 ± .*: confirmed/)
  expect(stderr).toContain('0004 not run: later changes touch the same lines of train.js')
  const report = await readFile(files.report(after.folder), 'utf8')
  expect(report).toMatch(/^\| 0002 \| LUCKY to 1 \|.*\| \+0\.1000 ± .* \| 2 \| refuted \|$/m)

  // A second call reuses the runs and records no further look.
  const again = await confirm(root, '--ablate')
  expect(again.digest).toEqual(digest)
  expect((await open(root)).looks).toEqual(after.looks)
})
