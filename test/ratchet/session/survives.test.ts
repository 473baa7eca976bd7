import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { thisProcess } from '../../../scripts/lib/process/owner.ts'
import { frontmatterSchema } from '../../../scripts/program/contract.ts'
import { startClock } from '../../../scripts/ratchet/plan.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { git, nightshift, sessionsOf } from '../../helpers/throwaway.ts'
import { args, checkWhole, finish, folderOf, rewrite, target } from './faults.ts'

afterEach(() => void vi.useRealTimers())

const fault = { timeout: 60_000 }
// Waits for the file `open`, or the end of the test. The agent's worktree is three folders below the test's folder.
const waiting = 'while [ -d ../../../repo ] && ! [ -e ../../../open ]; do sleep 0.05; done'
const session = (root: string) => nightshift(root, 'session', args)

/** Runs a session that is killed after its first candidate was judged. @returns its id */
async function killed(root: string): Promise<string> {
  await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: 'after judged:2' })
  return basename(await folderOf(root))
}

test('a disk that is full, and full again when the session resumes, is one error each time', fault, async () => {
  const root = await target()
  const env = {
    NIGHTSHIFT_SESSIONS: sessionsOf(root),
    NIGHTSHIFT_WORK: join(root, '../work'),
    NO_COLOR: '1',
    // Node writes its compile cache while it ends, and SIGXFSZ would end it then.
    NODE_COMPILE_CACHE: undefined,
  }
  const node = `exec "$0" "$@"`
  // Blocks of 512 bytes, as sh counts: the journal exceeds them in the middle of a session.
  for (const [blocks, asked] of [
    [13, () => args],
    [21, async () => ['--resume', basename(await folderOf(root))]],
  ] as const) {
    const full = await execa(
      'sh',
      [
        '-c',
        `ulimit -f ${blocks}; ${node}`,
        process.execPath,
        join(notebook, 'scripts/session.ts'),
        ...(await asked()),
      ],
      { cwd: root, reject: false, env },
    )
    expect(full.exitCode, full.stderr).toBe(2)
    expect(full.stderr).toMatch(/error: The disk is full: .* could not be written\.\n {7}Free some space/)
  }
  await finish(root)
  await checkWhole(root)
})

test('between runs, deleted worktrees are created again, and index locks of a killed git removed', fault, async () => {
  const lock = (place: string) => `touch "$(git -C ${place} rev-parse --path-format=absolute --git-path index.lock)"`
  const root = await target({
    0: 'rm -rf ../slot-0/.git ../stack',
    1: `rm -rf ../slot-0; ${lock('.')}`,
    2: lock('../slot-0'),
  })
  const result = await session(root)
  expect(result.exitCode, result.stderr).toBe(0)
  await checkWhole(root)
})

test('a second harness on a running session is refused with the pid of the first', fault, async () => {
  const root = await target({ 1: waiting })
  const first = session(root)
  const begun = async () => readFile(files.journal(await folderOf(root)), 'utf8').catch(() => '')
  while (!(await begun()).includes('"judged"')) await wait(50)
  const second = await nightshift(root, 'session', ['--resume', basename(await folderOf(root))])
  await writeFile(join(root, '../open'), '')
  expect(second.exitCode).toBe(2)
  expect(second.stderr).toContain(`is being run by process ${first.pid}.`)
  expect((await first).exitCode).toBe(0)
  await checkWhole(root)
})

test('an agent that outlived its harness is killed before the session resumes', fault, async () => {
  const root = await target({ 1: `echo $$ > ../../../agent.pid; ${waiting}` })
  const first = session(root)
  const pidFile = () => readFile(join(root, '../agent.pid'), 'utf8').catch(() => '')
  while (!(await pidFile()).endsWith('\n')) await wait(20)
  const agent = Number.parseInt(await pidFile(), 10)
  first.kill('SIGKILL')
  await first
  expect(process.kill(agent, 0)).toBe(true)
  // Writing `open` would end the old agent; so the new agent waits for another path, which exists.
  await rewrite(root, text => text.replace('../../../open', '../../../repo'))
  await finish(root)
  expect(await runs(agent)).toBe(false)
  await checkWhole(root)
})

/** Whether a process runs; a zombie does not. */
async function runs(pid: number): Promise<boolean> {
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false })
  return /^[^Z]/.test(stdout)
}

// Setup and report author run three folders below the test's folder.
const hanging = '[ -e ../../../open ] || { echo $$ > ../../../helper.pid; exec sleep 303; }'

test.each([
  ['a setup', `setup: '${hanging}'`],
  ['an author of the report', `report: { agent: { use: command, command: '${hanging}' } }`],
])('%s that outlived its harness is killed when the session resumes', fault, async (_, key) => {
  const root = await target()
  const path = join(root, 'program.md')
  await writeFile(
    path,
    (await readFile(path, 'utf8')).replace(/^budget:/m, () => `${key}\nbudget:`),
  )
  const first = session(root)
  const pidFile = () => readFile(join(root, '../helper.pid'), 'utf8').catch(() => '')
  while (!(await pidFile()).endsWith('\n')) await wait(20)
  const helper = Number.parseInt(await pidFile(), 10)
  onTestFinished(async () => void ((await runs(helper)) && process.kill(helper)))
  first.kill('SIGKILL')
  expect((await first).signal).toBe('SIGKILL')
  expect(await runs(helper)).toBe(true)
  await writeFile(join(root, '../open'), '')
  await finish(root)
  expect(await runs(helper)).toBe(false)
  await checkWhole(root)
})

test(
  'an unfinished session keeps its tag, says what is wrong with its files, and creates lost worktrees again',
  fault,
  async () => {
    const root = await target()
    const id = await killed(root)
    const again = await session(root)
    expect(again.exitCode).toBe(2)
    expect(again.stderr).toContain('error: The tag try has an unfinished session.')
    expect(again.stderr).toContain(`npx pnpm session resume ${id}`)
    const work = join(root, '../work', id)
    const where = await readFile(join(work, 'where.json'), 'utf8')
    await writeFile(join(work, 'where.json'), '{}')
    const refused = await nightshift(root, 'session', ['--resume', id])
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain(`error: ${join(work, 'where.json')}: program: Invalid input`)
    await writeFile(join(work, 'where.json'), where)
    await rm(join(work, 'slot-0'), { recursive: true })
    await rm(join(work, 'proposal/.git'), { recursive: true })
    await finish(root)
    await checkWhole(root)
  },
)

test('a gc that prunes continuously loses no object', fault, async () => {
  const root = await target()
  const done = new AbortController()
  const collect = async () => {
    while (!done.signal.aborted) await execa('git', ['gc', '-q', '--prune=now'], { cwd: root, reject: false })
  }
  const collecting = collect()
  const result = await session(root)
  done.abort()
  await collecting
  expect(result.exitCode, result.stderr).toBe(0)
  await checkWhole(root)
  expect(await git(root, 'fsck', '--connectivity-only')).toBe('')
})

test('a branch and a ref that something else moved are put back and told, and the session goes on', fault, async () => {
  // While the agent makes the third proposal, which will be kept.
  const root = await target({
    2: '(cd ../../../repo; git update-ref refs/heads/autoresearch/try "$(git -c user.name=A -c user.email=a@x commit-tree -m mine HEAD^{tree})"; git update-ref -d refs/autoresearch/try/0001)',
  })
  const result = await session(root)
  expect(result.exitCode, result.stderr).toBe(0)
  const [kept = ''] = (await git(root, 'for-each-ref', '--format=%(refname)', 'refs/autoresearch/try/moved-*')).split(
    '\n',
  )
  expect(await git(root, 'log', '-1', '--format=%s', kept)).toBe('mine')
  const said = result.stderr.replace(/\s+/g, ' ')
  expect(said).toContain(
    `note autoresearch/try was moved to ${kept.slice(-12, -5)} by something else than this session, which puts it back; ${kept} keeps that commit`,
  )
  expect(said).toContain('note refs/autoresearch/try/0001 was deleted by something else than this session')
  const events = await readJournal(files.journal(await folderOf(root)))
  expect(events.flatMap(e => (e.event === 'ref-restored' ? [[e.ref, e.kept]] : []))).toEqual([
    ['refs/heads/autoresearch/try', kept],
    ['refs/autoresearch/try/0001', null],
  ])
  await git(root, 'update-ref', '-d', kept)
  await checkWhole(root)
})

test('a repository that was made anew is one error, and no worktree is left', fault, async () => {
  const root = await target({
    1: '(cd ../../../repo; rm -rf .git; git init -q; git add -A; git -c user.name=A -c user.email=a@x commit -qm new)',
  })
  const result = await session(root)
  expect(result.exitCode).toBe(2)
  expect(result.stderr.replace(/\s+/g, ' ')).toMatch(
    / error: \S+ is no longer the repository in which \S+ began: it lacks the commit [0-9a-f]{7}\. Was it cloned anew, or its \.git replaced\? [^:]*complete\.$/,
  )
  const id = basename(await folderOf(root))
  expect((await readdir(join(root, '../work', id))).filter(name => /^(slot|run|stack|proposal$)/.test(name))).toEqual(
    [],
  )
  expect(await git(root, 'for-each-ref', '--format=%(refname)', 'refs/autoresearch', 'refs/heads/autoresearch')).toBe(
    '',
  )
})

test('a run whose worktree was deleted after its harness was killed is repeated', fault, async () => {
  const root = await target()
  await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: 'after run-started:2' })
  await rm(join(root, '../work', basename(await folderOf(root)), 'slot-0'), { recursive: true })
  await finish(root)
  await checkWhole(root)
})

test('what is not signed by the runner of a run is not believed: the run is repeated', fault, async () => {
  const root = await target()
  await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: 'run ended:2' })
  const id = basename(await folderOf(root))
  const work = join(root, '../work', id)
  const run = (await readdir(work)).find(name => name.startsWith('run-')) ?? 'none'
  const exit = { code: 0, signal: null, seconds: 1, ended: null, orphans: 0, frozen: null }
  await writeFile(join(work, run, 'exit.json'), JSON.stringify({ text: JSON.stringify(exit), signature: '' }))
  // A process that must not be waited for, nor ended.
  await writeFile(
    join(work, run, 'owner.json'),
    JSON.stringify({ text: JSON.stringify(await thisProcess()), signature: '' }),
  )
  const resumed = await nightshift(root, 'session', ['--resume', id])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect(resumed.stderr).toContain(
    `repeating the run of ${run.split('-')[1]}: its exit.json is not signed by its runner`,
  )
  await checkWhole(root)
})

test('a change of the system clock does not end a session', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(new Date(2026, 10, 21, 22, 30))
  const contract = frontmatterSchema.parse({ edit: 'a', run: 'b', metric: 'm', until: '07:00' })
  const clock = startClock(contract, new Date(), 0)
  vi.setSystemTime(new Date(2026, 10, 23, 12, 0))
  expect(clock.elapsed()).toBeLessThan(60)
  vi.setSystemTime(new Date(2001, 0, 1))
  expect(clock.elapsed()).toBeGreaterThanOrEqual(0)
  expect(clock.until).toBe(8.5 * 3600)
})
