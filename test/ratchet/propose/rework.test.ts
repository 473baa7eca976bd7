import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { player, program, set, trainer } from '../../helpers/target.ts'
import { git, nightshift, repository, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'

const slow = { timeout: 60_000 }

async function target(steps: string[], more = ''): Promise<string> {
  const root = await repository({ 'train.js': trainer, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, { 'program.md': program(join(root, '../agent.sh'), more) })
  return root
}

async function session(root: string, experiments: number) {
  const args = ['--program', 'program.md', '--tag', 'try', '--seeds', '1', '--experiments', String(experiments)]
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  const folder = await folderOf(root)
  return { folder, ...(await readSession(folder)) }
}

/** What the player was told in its n-th turn, from 0. */
const told = (root: string, turn: number) => readFile(join(root, `../agent.sh.prompt.${turn}`), 'utf8')

/** The part of a prompt that is about the last proposal. */
const again = async (root: string, turn: number) =>
  /\n# (Duplicate|Refused|Crash|No edit)\n.*$/s.exec(await told(root, turn))?.[0] ?? ''

test(
  'a refused proposal goes back to the agent once, with the reason, and the second proposal counts',
  slow,
  async () => {
    const commit = 'git -c user.name=an -c user.email=agent@x commit -qam "own commit"'
    const root = await target([
      `${set('RATE', '0.03')}; ${commit}; echo '{"description": "RATE 0.02 -> 0.03", "hypothesis": "faster"}'`,
      'echo changed > link.txt; echo "through a symlink"',
      set('RATE', '0.04'),
      'head -c 100000000 /dev/zero > checkpoint.bin; echo "a hundred megabytes"',
      set('RATE', '0.05'),
      'git init -q vendor; echo "a repository"',
      set('RATE', '0.06'),
      set('RATE', '0.05'),
      'rm .git; sed "s/RATE = .*/RATE = 0.07/" train.js > new && mv new train.js',
      set('RATE', '0.03'),
      'echo "I would set RATE to 0.08"',
    ])
    // A symlink to the frozen file.
    await symlink('frozen.txt', join(root, 'link.txt'))
    await git(root, 'add', 'link.txt')
    await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'a link')
    await mkdir(join(root, 'vendor'))
    const head = await git(root, 'rev-parse', 'HEAD')
    const { folder, experiments } = await session(root, 6)

    expect(experiments.map(e => [e.number, e.status, e.description])).toEqual([
      [0, 'keep', 'baseline'],
      [1, 'keep', expect.stringContaining('RATE 0.02 -> 0.03')],
      [2, 'keep', 'RATE to 0.04'],
      [3, 'keep', 'RATE to 0.05'],
      [4, 'keep', 'RATE to 0.06'],
      // Without a description from the agent, it is generated from the diff.
      [5, 'keep', 'RATE 0.06 → 0.07'],
      [6, 'refused', 'I would set RATE to 0.08'],
    ])
    expect(experiments[6]?.reason).toBe('Refused: the same tree was tried as 0001; on retry, the diff is empty.')
    expect(await readFile(join(root, '../agent.sh.count'), 'utf8')).toBe('11\n')
    const why = await Promise.all([2, 4, 6, 8, 10].map(turn => again(root, turn)))
    expect(why[0]).toContain('it changes frozen.txt, which is not in edit (train.js)')
    expect(why[1]).toContain('it writes 100.0 MB (checkpoint.bin); the limit is 1.0 MB')
    expect(why[2]).toContain('vendor')
    expect(why[3]).toContain('0003')
    expect(why[4]).toContain('0001')
    // Refused edits leave nothing in the checkout, on the branch or in the repository's objects.
    expect(await git(root, 'rev-parse', 'HEAD')).toBe(head)
    expect(await git(root, 'log', '--format=%s', `${head}..autoresearch/try`)).not.toContain('own commit')
    expect(await git(root, 'ls-tree', '--name-only', 'autoresearch/try')).toBe('frozen.txt\nlink.txt\ntrain.js')
    expect(await readFile(join(root, 'frozen.txt'), 'utf8')).toBe('as it is\n')
    expect(await git(root, 'count-objects', '-v')).toMatch(/^size: \d{1,3}$/m)
    expect(await readdir(join(folder, 'runs/0003'))).not.toContain('checkpoint.bin')
  },
)

const crash = (n: number) => `${set('CRASH', String(n))}; echo "idea ${n}"`

test(
  'a crash with a fixable error goes back to its agent twice at most, within the same experiment',
  slow,
  async () => {
    const root = await target([
      crash(1),
      `${set('RATE', '0.04')}; ${set('CRASH', '0')}; echo fixed`,
      crash(2),
      crash(3),
      crash(4),
      // No answer, or an answer without edits: the experiment stays a crash.
      crash(5),
      'exit 75',
      crash(6),
      'echo "the idea itself is at fault"',
    ])
    const { folder, experiments } = await session(root, 4)
    expect(experiments.map(e => [e.number, e.status, e.fixes, e.description])).toEqual([
      [0, 'keep', 0, 'baseline'],
      [1, 'keep', 1, 'idea 1'],
      [2, 'crash', 2, 'idea 2'],
      [3, 'crash', 0, 'idea 5'],
      [4, 'crash', 0, 'idea 6'],
    ])
    expect(experiments.map(e => e.runs.filter(run => run.purpose === 'candidate').map(run => run.outcome))).toEqual([
      [],
      ['crash', 'ok'],
      ['crash', 'crash', 'crash'],
      ['crash'],
      ['crash'],
    ])
    expect(experiments[2]?.reason).toBe('Crash: exit code 1: RangeError: CRASH is on.')
    const refs = await git(root, 'for-each-ref', '--format=%(refname:lstrip=3)', 'refs/autoresearch/try')
    expect(refs.split('\n')).toEqual(['0001', '0001-2', '0002', '0002-2', '0002-3', '0003', '0004'])
    expect(await git(root, 'rev-parse', 'autoresearch/try')).toBe(
      await git(root, 'rev-parse', 'refs/autoresearch/try/0001-2'),
    )
    // The patch is that of the judged commit, without the crashing edit.
    expect(await readFile(files.patch(folder, 1), 'utf8')).toContain('+const RATE = 0.04')
    expect(await readFile(files.patch(folder, 1), 'utf8')).not.toContain('CRASH = 1')
    // The prompt holds the end of the log, without the slot's path.
    const first = await again(root, 1)
    expect(first).toContain('RangeError: CRASH is on')
    expect(first).toMatch(/^ +at .*train\.js:\d+/m)
    expect(first).not.toContain('slot-0')
  },
)

test('a crash is fixed while the other slot trains', slow, async () => {
  const root = await target(
    [crash(1), set('RATE', '0.04'), `${set('RATE', '0.03')}; ${set('CRASH', '0')}`],
    'slots: 2\n',
  )
  const { experiments } = await session(root, 2)
  expect(experiments.map(e => [e.number, e.fixes]).sort()).toEqual([
    [0, 0],
    [1, expect.any(Number)],
    [2, expect.any(Number)],
  ])
  expect(experiments.reduce((sum, e) => sum + e.fixes, 0)).toBeGreaterThan(0)
})

test(
  'a proposal requested as a larger step, after many experiments without a keep, is recorded as bold',
  slow,
  async () => {
    const root = await target([set('RATE', '0.01'), set('RATE', '0.009'), set('RATE', '0.03')], 'bold_after: 2\n')
    const { experiments } = await session(root, 3)
    expect(experiments.map(e => [e.status, e.bold])).toEqual([
      ['keep', false],
      ['discard', false],
      ['discard', false],
      ['keep', true],
    ])
  },
)
