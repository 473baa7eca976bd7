/** `pnpm session --from`: a session that starts with another's final. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readDigest } from '../../../scripts/analysis/readDigest.ts'
import type { Digest } from '../../../scripts/analysis/schema.ts'
import { readPatch } from '../../../scripts/record/files/patches.ts'
import { files, listSessions, readSession } from '../../../scripts/record/files/paths.ts'
import { player } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, untilLast, write } from '../../helpers/throwaway.ts'

/** The loss falls by 0.1 for each step of A and B towards 8; the seed adds up to 0.0003. */
const train = `A=2
B=2
value=$((20000 - 1000 * A - 1000 * B + NIGHTSHIFT_SEED % 4))
printf 'loss: %d.%04d\\n' $((value / 10000)) $((value % 10000))
`

const program = (agent: string, more = '') => `---
edit: train.sh
run: sh train.sh
metric: loss
budget: 1s
seeds: 2
agent: { use: command, command: "sh ${agent}" }
fallback: []
report: { agent: none }
${more}---

Make the loss smaller.
`

const set = (name: string, value: number) => `sed -i.bak 's/^${name}=.*/${name}=${value}/' train.sh && rm train.sh.bak`

const finished = untilLast()
let root = ''
/** A session that kept A=3 and discarded B=1, and one from it that kept B=3. */
beforeAll(async () => {
  root = await repository({ 'train.sh': train, 'program.md': '' }, finished)
  await begin('one', [set('A', 3), set('B', 1)])
  await begin('two', [set('B', 3)], '--from', 'one')
}, 120_000)

async function begin(tag: string, steps: string[], ...args: string[]) {
  const agent = join(root, `../${tag}.sh`)
  await write(root, { [`../${tag}.sh`]: player(steps), [`../${tag}.md`]: '', 'program.md': program(agent) })
  const all = ['--program', 'program.md', '--tag', tag, '--experiments', `${steps.length}`, ...args]
  return nightshift(root, 'session', all)
}

async function folderOf(tag: string): Promise<string> {
  const id = (await listSessions(sessionsOf(root))).find(each => each.endsWith(`-${tag}`))
  return join(sessionsOf(root), id ?? tag)
}

async function digestOf(tag: string): Promise<Digest> {
  const stored = await readDigest(await folderOf(tag))
  if (stored.kind !== 'current') throw new Error(`${tag} has no digest`)
  return stored.digest
}

test('it begins at one commit on HEAD with the changes, and nothing of the checkout changes', async () => {
  const { session } = await readSession(await folderOf('two'))
  const head = await git(root, 'rev-parse', 'HEAD')
  expect(session.inherited).toMatchObject({ base: head, experiments: [1], isFinal: true, descriptions: ['A 2 → 3'] })
  expect(session.inherited?.session).toMatch(/-one$/)
  expect(await git(root, 'rev-parse', `${session.baseCommit}^`)).toBe(head)
  expect(await git(root, 'show', `${session.baseCommit}:train.sh`)).toBe(train.replace('A=2', 'A=3').trimEnd())
  expect(await git(root, 'show', '-s', '--format=%B', session.baseCommit ?? '')).toMatch(
    /^Start from the final of .*-one\n\n0001 A 2 → 3\n?$/,
  )
  expect(await git(root, 'status', '--porcelain', '--', 'train.sh')).toBe('')
  expect(await git(root, 'branch', '--show-current')).toBe('main')
  const patch = await readFile(files.patch(await folderOf('two'), 0), 'utf8')
  expect(patch).toContain('+A=3')
  expect(readPatch(await folderOf('two'), 0)).toBeNull()
})

test('the original baseline runs after the baseline and on each seed of confirm, and counts in nothing else', async () => {
  const { session, experiments } = await readSession(await folderOf('two'))
  const runs = experiments[0]?.runs ?? []
  const seeds = (purpose: string) => runs.filter(run => run.purpose === purpose).map(run => run.seed)
  expect(runs.slice(0, 2).map(run => run.purpose)).toEqual(['baseline', 'origin'])
  expect(seeds('origin')).toEqual([1, ...seeds('confirm')])
  expect(runs.every(run => (run.commit === session.inherited?.base) === (run.purpose === 'origin'))).toBe(true)
  expect(experiments[0]?.metric).toBeCloseTo(1.5001)
})

test('both gains are told from confirm, the one from the original baseline and the one of the session', async () => {
  const { inherited, confirmed } = await digestOf('two')
  expect(inherited?.total?.gain).toBeCloseTo(0.2)
  expect(inherited?.start?.gain).toBeCloseTo(0.1)
  expect(confirmed?.gain).toBeCloseTo(0.1)
  expect(inherited?.single?.gain).toBeCloseTo(0.1)
  expect(inherited?.constants).toEqual([{ file: 'train.sh', name: 'A', baseline: '2', head: '3' }])
  const report = await readFile(files.report(await folderOf('two')), 'utf8')
  expect(report).toMatch(
    /This session starts from the final of \S+-one \(.+?\): 1 change is inherited, found by that session/,
  )
  expect(report).toMatch(
    /From the original baseline: loss 1\.600\d? → 1\.400\d?, −0\.200\d* ± [\d.]+, confirmed \(95% interval, 2 seeds each/,
  )
  expect(report).toMatch(/The inherited changes alone: −0\.10\d* ± [\d.]+, confirmed; what this session added: −0\.10/)
  expect(report).toMatch(
    /By that session's own records their gain there .* nothing of that was measured in this session/,
  )
  const status = await nightshift(root, 'status', ['two'])
  expect(status.stdout.replace(/\s+/g, ' ')).toContain('From the original baseline: loss')
  const compared = await nightshift(root, 'compare', ['one', 'two'])
  expect(compared.stdout.replace(/\s+/g, ' ')).toContain('Its change in this comparison is from its own start.')
})

test('its prompt has what is in the files and what else was tried there, as data', async () => {
  const prompt = await readFile(join(root, '../two.sh.prompt.0'), 'utf8')
  expect(prompt).toMatch(
    /do not propose them again[\s\S]*```text\n[\s\S]*in the files: 0001 kept \+0\.1\d* {2}A 2 → 3[\s\S]*tried there: 0002 discarded -0\.1\d* {2}B 2 → 1/,
  )
})

test('a session that inherited changes is taken over with them, and a stop in between loses nothing', {
  timeout: 120_000,
}, async () => {
  const agent = join(root, '../three.sh')
  await write(root, { '../three.sh': player([set('A', 4)]), 'program.md': program(agent) })
  const args = ['--program', 'program.md', '--tag', 'three', '--experiments', '1', '--from', 'two']
  // The second run is that of the original baseline.
  const killed = await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: 'run ended:2' })
  expect(killed.signal).toBe('SIGKILL')
  const resumed = await nightshift(root, 'session', ['resume', 'three'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  const { session, experiments } = await readSession(await folderOf('three'))
  expect(session.inherited).toMatchObject({ experiments: [0, 1], isFinal: true })
  // What it found is on top of what it inherited, and both are taken.
  const whole = (await digestOf('two')).inherited?.total?.gain
  expect(whole).toBeGreaterThan(0)
  expect(session.inherited?.confirmed?.gain).toBe(whole)
  expect(await git(root, 'show', `${session.baseCommit}:train.sh`)).toBe(
    train.replace('A=2', 'A=3').replace('B=2', 'B=3').trimEnd(),
  )
  expect(experiments[0]?.runs.filter(run => run.purpose === 'origin').map(run => run.seed)).toEqual([1, 1001, 1002])
  expect((await digestOf('three')).inherited?.total?.gain).toBeCloseTo(0.3)
})

test('a dry run shows it; what is of another task, does not apply or is there already is one error', {
  timeout: 120_000,
}, async () => {
  const dry = await nightshift(root, 'session', ['--program', 'program.md', '--from', 'one', '--dry-run', '--json'])
  expect(JSON.parse(dry.stdout).notes[0]).toMatch(
    /^starts from the final of \S+-one .*: 1 change on \w{7}, one commit; the original baseline is run too/,
  )
  const refused = async (contents: Record<string, string>) => {
    await write(root, contents)
    await git(root, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qam', 'another start')
    const { exitCode, stderr } = await nightshift(root, 'session', [
      '--program',
      'program.md',
      '--tag',
      'no',
      '--from',
      'one',
    ])
    expect(exitCode, stderr).toBe(2)
    return stderr.replace(/\s+/g, ' ')
  }
  const own = program(join(root, '../two.sh'))
  expect(await refused({ 'program.md': own, 'train.sh': train.replace('A=2', 'A=3') })).toMatch(
    /its 0001 “A 2 → 3” changes nothing here/,
  )
  expect(await refused({ 'train.sh': train.replace('A=2', 'A=7') })).toMatch(
    /its 0001 “A 2 → 3” does not apply to train\.sh, at \w{7}\./,
  )
  expect(await refused({ 'program.md': own.replace('metric: loss', 'metric: error') })).toMatch(
    /is of another task: its metric is to minimize loss, and here it is to minimize error/,
  )
  expect(await git(root, 'for-each-ref', 'refs/heads/autoresearch/no')).toBe('')
  expect((await listSessions(sessionsOf(root))).filter(id => id.endsWith('-no'))).toEqual([])
  const kept = await nightshift(root, 'session', ['resume', 'one', '--from', 'two'])
  expect(kept.stderr).toContain('A session keeps what it started with.')
})
