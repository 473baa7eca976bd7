import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { digestSchema } from '../../../scripts/analysis/schema.ts'
import { readJson } from '../../../scripts/lib/files/read.ts'
import { experimentName, files, readSession } from '../../../scripts/record/files/paths.ts'
import { player, program, set, trainer } from '../../helpers/target.ts'
import { type Finished, git, nightshift, repository, sessionsOf, untilLast, write } from '../../helpers/throwaway.ts'

/** Creates a repository with the tiny target and an agent that plays these steps. */
async function target(steps: string[], more = '', finished?: Finished): Promise<string> {
  const contents = { 'train.js': trainer, 'frozen.txt': 'as it is\n', '.gitignore': 'ignored/\n' }
  const root = await repository(contents, finished)
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, { 'program.md': program(join(root, '../agent.sh'), more) })
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'the program')
  return root
}

async function open(root: string) {
  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  return { folder, ...(await readSession(folder)), digest: await readJson(files.digest(folder), digestSchema) }
}

/** State of the user's checkout that a session must not change. */
async function checkout(root: string) {
  const refs = (await git(root, 'for-each-ref', '--format=%(refname) %(objectname)')).split('\n')
  return {
    head: await git(root, 'symbolic-ref', 'HEAD'),
    commit: await git(root, 'rev-parse', 'HEAD'),
    refs: refs.filter(ref => !ref.includes('autoresearch/')),
    status: await git(root, 'status', '--porcelain', '--ignored'),
    file: await readFile(join(root, 'train.js'), 'utf8'),
    stash: await git(root, 'stash', 'list'),
    config: await readFile(join(root, '.git/config'), 'utf8'),
  }
}

/** One session for the following tests. The user's checkout has an uncommitted edit and an ignored file. */
const last = untilLast()
let made: Awaited<ReturnType<typeof open>> & { root: string; before: object }
beforeAll(async () => {
  const frozen = "echo more >> frozen.txt; echo 'touch the frozen file'"
  const link = 'ln -sf /etc/passwd train.js; echo "a symlink"'
  const root = await target(
    [
      set('RATE', '0.04'),
      set('RATE', '0.01'),
      set('CRASH', '1'),
      set('HANG', '1'),
      // A refused proposal is requested once more; if that one is refused too, the experiment is refused.
      frozen,
      frozen,
      frozen,
      link,
      set('RATE', '0.01'),
      set('RATE', '0.01'),
      'echo nothing at all',
      set('LIE', '1'),
      set('TOUCH', '1'),
      set('RATE', '0.08'),
    ],
    'fixes: 0\n',
    last,
  )
  await write(root, { 'train.js': `${trainer}// an uncommitted edit of the user\n`, 'ignored/mine': 'mine' })
  const before = await checkout(root)
  const args = ['--program', 'program.md', '--tag', 'try', '--experiments', '10', '--seeds', '2', '--timeout', '10s']
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  made = { ...(await open(root)), root, before }
}, 120_000)

test('keeps, discards, crashes, a timeout and refusals are recorded with their verdicts', () => {
  const { session, experiments } = made
  expect(experiments.map(e => [e.number, e.status, e.reason.replace(/:? .*/, '')])).toEqual([
    [0, 'keep', 'The'],
    [1, 'keep', expect.any(String)],
    [2, 'discard', expect.any(String)],
    [3, 'crash', 'Crash'],
    [4, 'timeout', 'Timeout'],
    [5, 'refused', 'Refused'],
    [6, 'refused', 'Refused'],
    [7, 'refused', 'Refused'],
    [8, 'crash', 'Crash'],
    [9, 'crash', 'Crash'],
    [10, 'keep', expect.any(String)],
  ])
  expect(session).toMatchObject({
    stop: { kind: 'experiments' },
    data: { name: 'toy' },
    metric: { name: 'loss', goal: 'minimize' },
  })
  expect(session.noise?.runs).toBeGreaterThanOrEqual(2)
})

test.each([
  [3, 'RangeError: CRASH is on'],
  [5, 'frozen.txt'],
  [6, 'symlink at train.js'],
  [7, 'the same tree was tried as 0002'],
  [8, 'the evaluation measured'],
  [9, 'the run changed frozen.txt'],
])('the reason of experiment %i says %s', (number, why) => {
  expect(made.experiments[number]?.reason).toContain(why)
})

test('the branch holds exactly the keeps, and its end is the head', async () => {
  const { root, session } = made
  const subjects = await git(root, 'log', '--format=%s', `${session.baseCommit}..autoresearch/try`)
  expect(subjects.split('\n')).toEqual(['RATE to 0.08', 'RATE to 0.04'])
  expect(await git(root, 'show', 'autoresearch/try:train.js')).toContain('const RATE = 0.08')
})

test('every candidate has its ref', async () => {
  const refs = await git(made.root, 'for-each-ref', '--format=%(refname:lstrip=3)', 'refs/autoresearch/try')
  expect(refs.split('\n')).toEqual([1, 2, 3, 4, 8, 9, 10].map(experimentName))
})

test("the table is karpathy/autoresearch's: five columns, three statuses, zeros for a crash", async () => {
  const rows = (await readFile(files.results(made.folder), 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t'))
  expect(rows[0]).toEqual(['commit', 'loss', 'memory_gb', 'status', 'description'])
  expect(rows.slice(1).map(row => row[3])).toEqual([
    'keep',
    'keep',
    'discard',
    'crash',
    'crash',
    'crash',
    'crash',
    'keep',
  ])
  expect(rows[4]?.slice(1)).toEqual(['0.000000', '0.0', 'crash', 'CRASH to 1'])
  expect(rows.every(row => row.length === 5)).toBe(true)
})

test('confirm runs baseline and head in ABBA order, on unused seeds', () => {
  const confirms = made.experiments.flatMap(e =>
    e.runs.filter(run => run.purpose === 'confirm').map(run => ({ n: e.number, ...run })),
  )
  const inTime = confirms.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
  expect(inTime.map(run => [run.n, run.seed])).toEqual([
    [0, 1001],
    [10, 1001],
    [10, 1002],
    [0, 1002],
  ])
  // The baseline's planned seed counts on its side, so the effects of the seeds do not cancel.
  expect(made.digest.confirmed).toMatchObject({ seeds: 2, plannedRuns: 1 })
  expect(made.digest.confirmed?.gain).toBeCloseTo(0.2, 3)
  expect(made.digest.confirmed?.verdict).toBe('better')
})

test('only confirm sees the holdout', () => {
  const runs = made.experiments.flatMap(e => e.runs)
  const seen = (run: (typeof runs)[number]) => run.holdout !== null
  expect(runs.filter(seen).map(run => run.purpose)).toEqual(Array(4).fill('confirm'))
  expect(runs.filter(run => !seen(run)).map(run => run.purpose)).not.toContain('confirm')
})

test('the session folder also holds patches, curves, logs and a report', async () => {
  const { folder, digest } = made
  expect(digest.counts).toMatchObject({ keep: 3, discard: 1, crash: 3, timeout: 1, refused: 3 })
  expect(await readFile(files.patch(folder, 10), 'utf8')).toContain('+const RATE = 0.08')
  expect(await readFile(files.curve(folder, 10, 1), 'utf8')).toBe('1,0.1,2.0\n2,0.2,1.5\n')
  expect(await readFile(files.log(folder, 3, 1), 'utf8')).toContain('RangeError')
  expect(await readFile(files.report(folder), 'utf8')).toContain('RATE to 0.08')
})

test("a session does not change the user's checkout and leaves no worktree", async () => {
  expect(await checkout(made.root)).toEqual(made.before)
  expect((await git(made.root, 'worktree', 'list')).split('\n')).toHaveLength(1)
})

test('a baseline that crashes ends the session at once, with the last line of its traceback', async () => {
  const root = await target([])
  await write(root, { 'train.js': trainer.replace('const CRASH = 0', 'const CRASH = 1') })
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qam', 'broken')
  const result = await nightshift(root, 'session', ['--program', 'program.md', '--experiments', '3'])
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toMatch(/error: The baseline run failed: exit code 1:.*/)
  expect(result.stderr).toContain('Make `node train.js` work by hand')
})

test('an agent that only talks is left alone after five proposals, and the fallback proposes', {
  timeout: 60_000,
}, async () => {
  const root = await target([])
  await writeFile(
    join(root, 'program.md'),
    program(join(root, '../agent.sh')).replace('fallback: []', 'fallback: [tuner]'),
  )
  const args = ['--program', 'program.md', '--experiments', '7', '--seeds', '1']
  const result = await nightshift(root, 'session', args, { NIGHTSHIFT_PAUSE_MS: '60000' })
  expect(result.exitCode, result.stderr).toBe(0)
  const { experiments, session } = await open(root)
  expect(experiments.map(e => e.agent.use)).toEqual([null, ...Array<string>(5).fill('command'), 'tuner', 'tuner'])
  expect(experiments.slice(1, 6).map(e => e.status)).toEqual(Array<string>(5).fill('refused'))
  expect(experiments[6]).toMatchObject({ status: 'keep', agent: { use: 'tuner' } })
  // Each was requested twice.
  expect(await readFile(join(root, '../agent.sh.count'), 'utf8')).toBe('10\n')
  expect(session.outages).toEqual([
    expect.objectContaining({ use: 'command', kind: 'refused', tries: 1, experiments: 2, endedAt: session.endedAt }),
  ])
  expect(session.outages[0]?.detail).toBe('5 proposals in a row were refused, the last because the diff is empty')
})

test('the prompt holds the prose, the contract and the ledger, but not the log', { timeout: 60_000 }, async () => {
  const root = await target([set('RATE', '0.04'), set('RATE', '0.05')])
  await nightshift(root, 'session', ['--program', 'program.md', '--experiments', '2', '--seeds', '1'])
  const prompt = await readFile(join(root, '../agent.sh.prompt'), 'utf8')
  expect(prompt).toContain('Make the loss smaller.')
  expect(prompt).toContain('Edit only `train.js`')
  expect(prompt).toMatch(/0001 keep 1\.1.* RATE to 0\.04/)
})

/** Starts a session, waits for a line in its journal and then acts on it. @returns the result of its process */
async function startUntil(
  root: string,
  line: RegExp,
  args: string[],
  act: (kill: () => void, printed: (text: string) => Promise<void>) => Promise<void>,
) {
  const session = nightshift(root, 'session', ['--program', 'program.md', '--tag', 'try', ...args])
  const journal = async () => {
    const [id = ''] = await readdir(sessionsOf(root)).catch(() => [])
    return readFile(join(sessionsOf(root), id, 'journal.jsonl'), 'utf8').catch(() => '')
  }
  let ended = false
  void session.then(() => {
    ended = true
  })
  while (!ended && !line.test(await journal())) await wait(50)
  let output = ''
  session.stderr.on('data', data => {
    output += data
  })
  const printed = async (text: string) => {
    while (!ended && !output.includes(text)) await wait(20)
  }
  await act(() => session.kill('SIGINT'), printed)
  return session
}

const secondRun = /"run-started".*"experiment":2/

/** As the value of a constant, makes a run wait until the test has written `open` where a run in a sandbox reads it. */
const untilOpen =
  '0; const { existsSync } = await import("node:fs"); const open = process.env.NIGHTSHIFT_CURVE.split("sessions")[0] + ["repo", ".git", "open"].join(String.fromCharCode(47)); while (!existsSync(open)) await new Promise(done => setTimeout(done, 20))'

test('Ctrl-C once finishes the run under way, confirms and reports; the session can be resumed', {
  timeout: 60_000,
}, async () => {
  const root = await target([set('RATE', '0.04'), set('CRASH', untilOpen), set('RATE', '0.08')])
  const session = await startUntil(root, secondRun, ['--seeds', '2'], async (kill, printed) => {
    kill()
    await printed('Ctrl-C again ends at once')
    await write(join(root, '.git'), { open: '' })
  })
  expect(session.exitCode, session.stderr).toBe(0)
  expect(session.stderr).toContain('Ctrl-C again ends at once')
  const first = await open(root)
  expect(first.session.stop?.kind).toBe('interrupted')
  expect(first.experiments.map(e => e.status)).toEqual(['keep', 'keep', 'discard'])
  expect(first.digest.confirmed).not.toBeNull()

  const resumed = await nightshift(root, 'session', ['--resume', '--experiments', '3'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  const { experiments, session: record } = await open(root)
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'discard', 'keep'])
  expect(record.stop?.kind).toBe('experiments')
})

test('Ctrl-C twice ends the run under way, keeps what is finished and leaves no process', {
  timeout: 60_000,
}, async () => {
  const root = await target([set('RATE', '0.04'), set('HANG', '1')])
  const session = await startUntil(root, secondRun, ['--json', '--timeout', '50s'], async (kill, printed) => {
    kill()
    await printed('Ctrl-C again ends at once')
    // A signal within 400 ms counts as the same Ctrl-C.
    await wait(600)
    kill()
  })
  expect(session.exitCode, session.stderr).toBe(0)
  expect(session.stderr).toMatch(/pnpm session resume/)
  const { experiments, session: record } = await open(root)
  expect(record.stop?.kind).toBe('interrupted')
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'aborted'])
  expect(await git(root, 'log', '-1', '--format=%s', 'autoresearch/try')).toBe('RATE to 0.04')
  const events = session.stdout
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { event: string }).event)
  expect(events[0]).toBe('started')
  expect(events.at(-1)).toBe('stopped')
  await expect(access(join(root, '../work', record.id, 'slot-0'))).rejects.toThrow()

  // pnpm confirm can still run the head; the status shows how the session ended.
  const confirmed = await nightshift(root, 'confirm', ['--seeds', '2', '--json'])
  expect(confirmed.exitCode, confirmed.stderr).toBe(0)
  expect(digestSchema.parse(JSON.parse(confirmed.stdout)).confirmed?.gain).toBeCloseTo(0.1, 5)
  const status = await nightshift(root, 'status', [], { COLUMNS: '80' })
  expect(status.stdout).toMatch(/interrupted/)
  // A command is not wrapped, so that it can be copied.
  expect(status.stdout.split('\n').filter(line => line.length > 80 && !/^ +npx pnpm /.test(line))).toEqual([])
})

test('an uncommitted file in edit is one error', async () => {
  const root = await target([])
  await write(root, { 'program.md': program('x').replace('edit: train.js', 'edit: trian.js') })
  const result = await nightshift(root, 'session', ['--program', 'program.md'])
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toMatch(/error: trian\.js is not tracked at HEAD\.\n {7}Name committed files/)
})

test('a folder outside a repository is one error', async () => {
  const root = await target([])
  await write(join(root, '../plain'), { 'program.md': program('x') })
  const result = await nightshift(root, 'session', ['--program', '../plain/program.md'])
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toContain('is not in a git repository')
})
