import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { openRepository } from '../../../scripts/lib/git/git.ts'
import { findOrphans } from '../../../scripts/lib/process/orphans.ts'
import { checkBranch } from '../../../scripts/publish/adopt/branch.ts'
import { readAdopted } from '../../../scripts/record/files/adopted.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { finalOf } from '../../../scripts/record/state.ts'
import { git, nightshift, untilLast, write } from '../../helpers/throwaway.ts'
import { adoptable, type Target } from './target.ts'

let target: Target
const finished = untilLast()
beforeAll(async () => {
  target = await adoptable(finished)
}, 120_000)

const adopt = (args: string[] = [], env: Record<string, string> = {}) => nightshift(target.root, 'adopt', args, env)
const inRepository = (...args: string[]) => git(target.root, ...args)
const branches = () => inRepository('for-each-ref', '--format=%(refname:short)', 'refs/heads/')
const subjects = async (branch: string) => (await inRepository('log', '--format=%s', `main..${branch}`)).split('\n')
const adoptionOf = async (branch: string) => (await readAdopted(target.folder)).find(each => each.branch === branch)

/** What must not change, whatever is adopted: the user's checkout, and what the session's estimates rest on. */
const untouched = async () => ({
  head: await inRepository('symbolic-ref', 'HEAD'),
  status: await inRepository('status', '--porcelain'),
  worktrees: (await inRepository('worktree', 'list')).split('\n').length,
  digest: JSON.parse(await readFile(files.digest(target.folder), 'utf8')),
  // As they are read: the order of their keys is another after the journal was replayed.
  records: await readSession(target.folder),
})

test('the confirmed changes become one commit each, by the user, and are run again beside the start', async () => {
  const before = await untouched()
  const result = await adopt()
  expect(result.exitCode, result.stderr).toBe(0)
  expect(await untouched()).toEqual(before)

  const { session, experiments } = await readSession(target.folder)
  expect(await subjects('adopt/try')).toEqual([
    'Set RATE to 3',
    'Set DEPTH to 2',
    'Twice as wide, fixes # 12 for @ somebody',
    'Set RATE to 2',
  ])
  expect(await inRepository('log', '-1', '--format=%an <%ae> %cn', 'adopt/try')).toBe(
    'Ada Person <ada@example.org> Ada Person',
  )
  expect(await inRepository('merge-base', 'main', 'adopt/try')).toBe(session.baseCommit)
  expect(await inRepository('rev-parse', 'adopt/try^{tree}')).toBe(finalOf({ session, experiments })?.tree)
  const message = await inRepository('log', '-1', '--format=%b', 'adopt/try~3')
  expect(message).toMatch(/When it was kept: loss −0\.1\d+ against the code before it/)
  expect(message).toContain(`Experiment 0001 of the session ${target.id}`.slice(0, 30))

  const adoption = await adoptionOf('adopt/try')
  expect(adoption).toMatchObject({
    isConfirmedCode: true,
    promised: { by: 'confirmed', gain: expect.closeTo(0.55, 2) },
    measured: { gain: expect.closeTo(0.55, 2), seeds: 2, verdict: 'better' },
    shortfall: { isBeyondChance: false },
    notMeasured: null,
  })
  expect(adoption?.changes.map(({ experiment }) => experiment)).toEqual([1, 2, 3, 4])
  expect(adoption?.changes.at(-1)?.commit).toBe(await inRepository('rev-parse', 'adopt/try'))
  // ABBA, on seeds that no other run has had.
  const runs = (await readJournal(files.journal(target.folder))).flatMap(event =>
    event.event === 'run-started' && event.purpose === 'adopt' ? [[event.experiment, event.seed]] : [],
  )
  expect(runs).toEqual([
    [0, 2001],
    [4, 2001],
    [4, 2002],
    [0, 2002],
  ])
  const used = experiments.flatMap(e => e.runs.map(run => run.seed))
  expect(used).not.toContain(2001)
  expect(result.stderr).toContain('git merge adopt/try')
  expect(await readFile(files.report(target.folder), 'utf8')).toContain('adopt/try')
}, 60_000)

test('the same again makes no commit and no run; more seeds add the missing pairs, and the interval allows for both', async () => {
  const tip = await inRepository('rev-parse', 'adopt/try')
  const again = await adopt(['--json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ session: target.id, tip, measured: { seeds: 2, looks: [2] } })
  expect(again.stderr).toContain('holds these changes already')
  const more = await adopt(['--json', '--seeds', '3'])
  expect(JSON.parse(more.stdout)).toMatchObject({ tip, measured: { seeds: 3, looks: [2, 3] } })
}, 60_000)

test('a change that needs one that is left out is named with it, and nothing is made', async () => {
  const before = await branches()
  const result = await adopt(['--only', '3,4', '--branch', 'alone'])
  expect(result.exitCode).toBe(2)
  const said = result.stderr.replace(/\s+/g, ' ')
  expect(said).toContain('0004 (RATE to 3) needs 0001, which is left out')
  expect(said).toContain(`adopt ${target.id} --only 1,3,4`)
  expect(said).toContain('Without 0004: --only 3.')
  expect(await branches()).toBe(before)
})

test('a number that was not kept is an error that says what it is', async () => {
  const discarded = await adopt(['--only', '1,5'])
  expect(discarded.exitCode).toBe(2)
  expect(discarded.stderr.replace(/\s+/g, ' ')).toContain('Experiment 5 is not a kept change: its verdict is discard.')
  expect((await adopt(['--only', '9'])).stderr).toContain('There is no experiment 9')
  expect((await adopt(['--only', '0'])).stderr).toContain('is the baseline')
  expect((await adopt(['--only', '1', '--all'])).stderr).toContain('give one of them')
})

test('a sum that misses what was promised says so, with the change that was measured on what is left out', async () => {
  const result = await adopt(['--only', '1,3', '--branch', 'part'])
  expect(result.exitCode, result.stderr).toBe(0)
  const adoption = await adoptionOf('part')
  expect(adoption).toMatchObject({
    isConfirmedCode: false,
    promised: { by: 'sum', gain: expect.closeTo(0.4, 2), interval: null },
    measured: { gain: expect.closeTo(0.12, 2) },
    shortfall: { isBeyondChance: true, suspects: [{ experiment: 3, without: [2] }] },
  })
  expect(adoption?.leftOut.map(({ experiment }) => experiment)).toEqual([2, 4])
  expect(result.stderr.replace(/\s+/g, ' ')).toContain('0003 (on 0002). They may need these.')
}, 60_000)

test('signing, the commit template and hooks are the user’s', async () => {
  const keys = join(target.root, '../keys')
  await write(keys, { template: 'Ticket: none\n# Lines with # are comments.\n' })
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, 'key')])
  const settings = [
    ['gpg.format', 'ssh'],
    ['user.signingkey', join(keys, 'key')],
    ['commit.gpgsign', 'true'],
    ['commit.template', join(keys, 'template')],
    ['gpg.ssh.allowedSignersFile', join(keys, 'allowed')],
  ]
  for (const [key = '', value = ''] of settings) await inRepository('config', key, value)
  await writeFile(join(keys, 'allowed'), `ada@example.org ${await readFile(join(keys, 'key.pub'), 'utf8')}`)
  await write(target.root, {
    '.git/hooks/commit-msg.sh':
      '#!/bin/sh\ngrep -q "^Ticket: " "$1" || { echo no ticket; exit 1; }\necho "Seen-by: hook" >> "$1"\n',
  })
  const hook = join(target.root, '.git/hooks/commit-msg')
  await inRepository('config', 'alias.x', '!true')
  execFileSync('mv', [`${hook}.sh`, hook])
  const result = await adopt(['--squash', '--title', 'Tune the trainer', '--branch', 'squashed', '--no-run'])
  expect(result.exitCode, result.stderr).toBe(0)
  expect(await subjects('squashed')).toEqual(['Tune the trainer'])
  expect(await inRepository('log', '-1', '--format=%G?', 'squashed')).toBe('G')
  const message = await inRepository('log', '-1', '--format=%B', 'squashed')
  expect(message).toMatch(/Ticket: none\n+Seen-by: hook/)
  expect(message).not.toContain('Lines with #')
  expect(await adoptionOf('squashed')).toMatchObject({ measured: null, notMeasured: 'it was adopted with --no-run' })
  for (const key of ['gpg.format', 'commit.gpgsign', 'commit.template']) await inRepository('config', '--unset', key)
  await rm(hook)
}, 60_000)

test('a hook that refuses is one error with its output, and leaves nothing behind', async () => {
  const before = [
    await branches(),
    JSON.stringify(await untouched()),
    await readFile(join(target.folder, 'adopted.json'), 'utf8'),
  ]
  const hook = join(target.root, '.git/hooks/pre-commit')
  await writeFile(hook, '#!/bin/sh\necho "lint: DEPTH is forbidden" >&2\ngrep -q "DEPTH = 1" train.js\n', {
    mode: 0o755,
  })
  const result = await adopt(['--branch', 'refused'])
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toContain('lint: DEPTH is forbidden')
  expect(result.stderr.replace(/\s+/g, ' ')).toContain('git did not make commit 3 of 4')
  expect([
    await branches(),
    JSON.stringify(await untouched()),
    await readFile(join(target.folder, 'adopted.json'), 'utf8'),
  ]).toEqual(before)
  await rm(hook)
}, 60_000)

test('a branch that is not ours, has a commit of the user, or is checked out is not moved', async () => {
  await inRepository('branch', 'theirs')
  expect((await adopt(['--branch', 'theirs'])).stderr.replace(/\s+/g, ' ')).toContain('which this session did not make')
  expect((await adopt(['--branch', 'theirs/x'])).stderr.replace(/\s+/g, ' ')).toContain('There is a branch theirs')
  await inRepository('switch', '-q', 'part')
  const out = await adopt(['--only', '2', '--branch', 'part', '--no-run'])
  expect(out.stderr.replace(/\s+/g, ' ')).toContain('The branch part is checked out in')
  await inRepository('commit', '-q', '--allow-empty', '-m', 'mine')
  const mine = await inRepository('rev-parse', 'HEAD')
  await inRepository('switch', '-q', 'main')
  const moved = await adopt(['--only', '2', '--branch', 'part', '--no-run'])
  expect(moved.exitCode).toBe(2)
  expect(moved.stderr.replace(/\s+/g, ' ')).toContain('is not where `adopt` left it')
  expect(await inRepository('rev-parse', 'part')).toBe(mine)
}, 60_000)

test('killed at any step, the same call goes on and loses no finished run', async () => {
  const args = ['--only', '1,2', '--branch', 'killed']
  const points = ['adoption recorded:1', 'adopted branch moved:1', 'after run-finished:1', 'after run-started:1']
  const tips: string[] = []
  for (const point of points) {
    const result = await adopt(args, { NIGHTSHIFT_FAILPOINT: point })
    expect(result.signal, `${point}: ${result.stderr}`).toBe('SIGKILL')
    tips.push((await adoptionOf('killed'))?.tip ?? '')
  }
  const result = await adopt(args)
  expect(result.exitCode, result.stderr).toBe(0)
  const adoption = await adoptionOf('killed')
  expect(adoption).toMatchObject({ measured: { seeds: 2 }, notMeasured: null, tip: tips.at(-1) })
  expect(await inRepository('rev-parse', 'killed')).toBe(adoption?.tip)
  const ended = (await readJournal(files.journal(target.folder))).flatMap(event =>
    event.event === 'run-finished' && event.run.commit === adoption?.tip ? [event.run.seed] : [],
  )
  expect(new Set(ended).size).toBe(ended.length)
  expect(ended).toHaveLength(2)
  expect((await inRepository('worktree', 'list')).split('\n')).toHaveLength(1)
  const status = await nightshift(target.root, 'status')
  expect(status.stdout).toContain('ended (experiments)')
}, 120_000)

test('what git would read as an option or another ref is no name of a branch', async () => {
  const repository = await openRepository(target.root)
  for (const name of ['HEAD', '--force', '@{-1}', 'a..b', 'x\u202Ey', ''])
    await expect(checkBranch(repository, name, undefined), name).rejects.toThrow('is not a name that a branch can have')
})

test('a hook that hangs is ended by Ctrl-C with what it started, and nothing is left', async () => {
  const before = [await branches(), JSON.stringify(await untouched())]
  const hook = join(target.root, '.git/hooks/pre-commit')
  const pid = join(target.root, '../hook.pid')
  // Ctrl-C reaches git and the hook too; this one ignores it.
  await writeFile(
    hook,
    `#!/bin/sh\ntrap '' INT TERM\nsleep 600 &\necho $! > '${pid}.part'\nmv '${pid}.part' '${pid}'\nwait\n`,
    {
      mode: 0o755,
    },
  )
  const running = adopt(['--branch', 'hung', '--no-run'])
  await vi.waitUntil(() => existsSync(pid), 10_000)
  running.kill('SIGINT')
  const result = await running
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toContain('Stopped before the branch was made.')
  expect([await branches(), JSON.stringify(await untouched())]).toEqual(before)
  expect(await findOrphans(`adopt-${running.pid}`)).toEqual([])
  await rm(hook)
}, 30_000)

test('settings of the user’s commits lose no line of the message, and a title is kept as it is', async () => {
  for (const [key = '', value = ''] of [
    ['commit.cleanup', 'strip'],
    ['core.commentChar', '-'],
    ['core.hooksPath', 'untracked/hooks'],
  ])
    await inRepository('config', key, value)
  await write(target.root, { '.git/info/exclude': 'untracked/\n', 'untracked/hooks/pre-commit': '#!/bin/sh\nexit 1\n' })
  const title = 'Tune the trainer for the benchmark of the autumn, as was agreed (closes #12)'
  const result = await adopt(['--only', '1,2', '--squash', '--branch', 'settings', '--title', title, '--no-run'])
  expect(result.exitCode, result.stderr).toBe(0)
  expect(await subjects('settings')).toEqual([title])
  // What begins with the user's comment character is part of the message.
  expect(await inRepository('log', '-1', '--format=%b', 'settings')).toContain('- RATE to 2 (0001).')
  expect(result.stderr.replace(/\s+/g, ' ')).toContain('your hooks do not run: untracked/hooks')
  for (const key of ['commit.cleanup', 'core.commentChar', 'core.hooksPath'])
    await inRepository('config', '--unset', key)
}, 30_000)

test('Ctrl-C between runs finishes the run under way, and the same call goes on from there', async () => {
  const args = ['--only', '1,2', '--branch', 'interrupted', '--json']
  const running = adopt([...args, '--seeds', '50'])
  let said = ''
  running.stderr.on('data', (text: Buffer) => {
    if (!said.includes('baseline') && `${said}${text}`.includes('baseline')) running.kill('SIGINT')
    said += text
  })
  const stopped = await running
  expect(stopped.exitCode, stopped.stderr).toBe(0)
  expect(stopped.stderr).toContain('finishing the run under way')
  expect(JSON.parse(stopped.stdout).notMeasured).toMatch(/^interrupted after \d+ of 50 pairs$/)
  const finished = async () =>
    (await readJournal(files.journal(target.folder))).flatMap(event =>
      event.event === 'run-finished' && event.run.purpose === 'adopt' ? [event.run.outcome] : [],
    )
  const before = await finished()
  expect(before).not.toContain('aborted')
  const done = Number(/after (\d+)/.exec(JSON.parse(stopped.stdout).notMeasured)?.[1])
  const again = JSON.parse((await adopt([...args, '--seeds', String(done + 2)])).stdout)
  expect(again).toMatchObject({ tip: JSON.parse(stopped.stdout).tip, measured: { seeds: done + 2 }, notMeasured: null })
  expect((await finished()).length - before.length).toBeLessThanOrEqual(4)
}, 60_000)
