/**
 * Train programs that cheat without a sandbox, each with the verdict that it must get. Every cheat has a better loss than the one before, so
 * that it would be kept if it was believed.
 */
import { readdir, readFile, rm } from 'node:fs/promises'
import { platform } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { resultSentences } from '../../../scripts/analysis/result/sentences.ts'
import { type Digest, digestSchema } from '../../../scripts/analysis/schema.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import { player } from '../../helpers/target.ts'
import { nightshift, repository, sessionsOf } from '../../helpers/throwaway.ts'

/**
 * Trains for the budget, 0.1 s; cheats train on for 4 s. The baseline's first run is slow, as one that compiles, so that a busy
 * machine does not make an honest run look long.
 */
const trainer = `import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
const CHEAT = 'none'
const LOSS = 1
const outside = name => process.env.NIGHTSHIFT_CURVE.replace(/sessions.*/, name)
const isFirst = !existsSync(outside(CHEAT))
writeFileSync(outside(CHEAT), '')
const wait = seconds => new Promise(done => setTimeout(done, 1000 * seconds))
const clock = performance.now.bind(performance)
if (CHEAT === 'slow clock') performance.now = () => clock() / 40
if (CHEAT === 'none' && isFirst) await wait(1)
if (CHEAT === 'compiles' && isFirst) await wait(4)
const budget = Number(process.env.NIGHTSHIFT_BUDGET_S) * (CHEAT === 'own word' || (CHEAT === 'later' && !isFirst) ? 40 : 1)
const start = performance.now()
while (performance.now() - start < 1000 * budget) await wait(0.005)
if (CHEAT === 'frozen') appendFileSync('frozen.txt', 'x')
console.log('---')
console.log('loss: ' + LOSS.toFixed(6))
console.log('training_seconds: 0.1')
if (CHEAT === 'after') await wait(4)
// Marks and groups do not show it: its parent has ended, and it has neither a mark nor a session of the run.
if (CHEAT === 'survivor')
  execFileSync('sh', ['-c', '(setsid env -i sleep 600 & echo $! > ' + outside('survivor.pid') + ')'], { stdio: 'ignore' })
if (CHEAT === 'forged') {
  const run = process.env.NIGHTSHIFT_EVAL.replace('given/eval.json', '')
  const exit = JSON.stringify({ code: 0, signal: null, seconds: 0.1, ended: null, orphans: 0, frozen: { digest: '', changed: null } })
  process.kill(JSON.parse(JSON.parse(execFileSync('cat', [run + 'owner.json'], { encoding: 'utf8' })).text).pid, 'SIGKILL')
  writeFileSync(run + 'exit.json', JSON.stringify({ text: exit, signature: 'AAAA' }))
}
if (CHEAT === 'stops') {
  process.kill(JSON.parse(JSON.parse(execFileSync('cat', [process.env.NIGHTSHIFT_EVAL.replace('given/eval.json', 'owner.json')], { encoding: 'utf8' })).text).pid, 'SIGTERM')
  await wait(60)
}
`

const program = (agent: string, more: string): string => `---
${more}edit: train.js
run: node train.js
metric: loss
budget: 0.1s
timeout: 30s
sandbox: off
seeds: 1
prune: false
agent: { use: command, command: "sh ${agent}" }
fallback: []
---

Make the loss smaller.
`

const cheats = [
  'own word',
  'slow clock',
  'after',
  'forged',
  'stops',
  'frozen',
  'compiles',
  'survivor',
  'later',
] as const
type Cheat = (typeof cheats)[number]

/** A repository in which the n-th proposal makes the n-th cheat. */
async function target(made: readonly Cheat[], more = ''): Promise<string> {
  const step = (cheat: string, i: number) =>
    `sed -i.bak -e "s/^const CHEAT = .*/const CHEAT = '${cheat}'/" -e "s/^const LOSS = .*/const LOSS = ${0.9 - i / 20}/" train.js && rm train.js.bak; echo '${cheat}'`
  const root = await repository({ 'train.js': trainer, 'frozen.txt': 'frozen\n', 'agent.sh': player(made.map(step)) })
  await execa(
    'sh',
    ['-c', `cat > program.md && git add -A && git -c user.name=A -c user.email=a@b.c commit -qm program`],
    {
      cwd: root,
      input: program(join(root, '../repo/agent.sh'), more),
    },
  )
  return root
}

const argsFor = (made: readonly Cheat[]) => [
  '--program',
  'program.md',
  '--tag',
  'try',
  '--experiments',
  String(made.length),
]
const folderOf = async (root: string) => join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? '')
const reasonOf = (experiments: Experiment[], cheat: Cheat) => experiments.find(e => e.description === cheat)?.reason

test('each cheat gets its verdict, and the session goes on', { timeout: 120_000 }, async () => {
  const root = await target(cheats)
  const result = await nightshift(root, 'session', argsFor(cheats))
  expect(result.exitCode, result.stderr).toBe(0)
  const folder = await folderOf(root)
  const { experiments } = await readSession(folder)
  const found = Object.fromEntries(experiments.slice(1).map(e => [e.description, [e.status, e.runs.length]]))
  expect(found).toEqual({
    'own word': ['crash', 2],
    'slow clock': ['crash', 2],
    after: ['crash', 2],
    forged: ['crash', 1],
    stops: ['crash', 1],
    frozen: ['crash', 1],
    // A slow first run may have compiled, so it is run again.
    compiles: ['keep', 2],
    survivor: ['keep', 1],
    // Kept by a run of the right length; all later ones are too long.
    later: ['keep', 2],
  })
  for (const cheat of ['own word', 'slow clock', 'after'] as const)
    expect(reasonOf(experiments, cheat)).toMatch(
      /^Crash: over budget: ran [4-9]\.\d* s of 0\.1 s, at most [\d.]+ s with start-up and evaluation\.$/,
    )
  for (const cheat of ['forged', 'stops'] as const)
    expect(reasonOf(experiments, cheat)).toBe('Crash: its runner was killed, or could not record the result.')
  expect(reasonOf(experiments, 'frozen')).toBe('Crash: the run changed frozen.txt, which is frozen.')
  if (platform() === 'linux') {
    const pid = (await readFile(join(root, '../survivor.pid'), 'utf8')).trim()
    expect((await execa('ps', ['-o', 'stat=', '-p', pid], { reject: false })).stdout).toMatch(/^Z?$/)
  }

  const digest: Digest = digestSchema.parse(JSON.parse(await readFile(files.digest(folder), 'utf8')))
  expect(digest.overBudget.filter(w => w.kept).map(w => w.experiment)).toEqual([7])
  expect(digest.overBudget.at(-1)?.sentence).toContain('it was run again within them, and its value is of those runs')
  // Confirm reruns the last one: its longer runs show.
  expect(digest.confirmed).toBe(null)
  expect(digest.confirmRuns.overBudget).toMatchObject({ budget: 0.1 })
  expect(resultSentences(digest).title).toMatch(
    /^Not confirmed \(ran [4-9]\.\d* s of 0\.1 s\): loss 1\.0000 → 0\.5000 in single runs$/,
  )
  const report = await readFile(files.report(folder), 'utf8')
  expect(report).toMatch(/The final ran [4-9]\.\d* s of 0\.1 s, and the baseline [\d.]+ s; chance explains [\d.]+ s\./)
})

test('a run that changed a frozen file is a crash, also when the harness was killed and the worktree is gone', {
  timeout: 60_000,
}, async () => {
  const root = await target(['frozen'])
  await nightshift(root, 'session', argsFor(['frozen']), { NIGHTSHIFT_FAILPOINT: 'run ended:2' })
  const folder = await folderOf(root)
  await rm(join(root, '../work', basename(folder), 'slot-0'), { recursive: true })
  const resumed = await nightshift(root, 'session', ['--resume', basename(folder)])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  const { experiments } = await readSession(folder)
  expect(experiments[1]).toMatchObject({
    status: 'crash',
    reason: 'Crash: the run changed frozen.txt, which is frozen.',
    runs: { length: 1 },
  })
})

test('where slots share a device, a run that takes longer is warned of, and confirm decides', {
  timeout: 60_000,
}, async () => {
  const root = await target(['own word'], 'slots: 2\n')
  const result = await nightshift(root, 'session', argsFor(['own word']))
  expect(result.exitCode, result.stderr).toBe(0)
  const folder = await folderOf(root)
  const { experiments } = await readSession(folder)
  expect(experiments[1]).toMatchObject({ status: 'keep', description: 'own word' })
  expect(experiments[1]?.runs.filter(run => run.purpose !== 'confirm' && run.outcome === 'ok')).toHaveLength(2)
  const report = await readFile(files.report(folder), 'utf8')
  expect(report).toContain('so did its repeat, while other slots used the same device.')
  expect(report).toMatch(/not confirmed \(ran [4-9]\S* s of 0\.1 s\)/i)
})
