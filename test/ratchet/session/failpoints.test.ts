import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../scripts/record/files.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { player, program, set, trainer } from '../../helpers/target.ts'
import { type Finished, git, nightshift, repository, write } from '../../helpers/throwaway.ts'
import { args, checkWhole, finish, folderOf, playFrom, target } from './faults.ts'

async function killedAt(failpoint: string, { onTestFinished }: { onTestFinished: Finished }): Promise<void> {
  const root = await target({}, onTestFinished)
  const killed = await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: failpoint })
  expect(killed.signal, `${failpoint}: ${killed.stderr}`).toBe('SIGKILL')
  await finish(root)
  await checkWhole(root)
}

// The n-th event of its kind in the session above. "inside" leaves a partial line in the journal.
const points = [
  'before started:1',
  'after started:1',
  'inside started:1',
  'after environment:1',
  ...[1, 2, 3, 4, 5, 6].map(n => `after run-started:${n}`),
  ...[1, 2, 4, 5, 7].map(n => `after run-finished:${n}`),
  ...[1, 3].map(n => `inside run-finished:${n}`),
  'after candidate:1',
  'inside candidate:2',
  'before candidate:3',
  'after noise:1',
  'inside run-started:2',
  'before judged:1',
  'inside judged:2',
  'after judged:2',
  'after judged:4',
  'before stopped:1',
  'after stopped:1',
  'ref written:1',
  'job written:2',
  'runner started:2',
  'run ended:2',
  'judged:2',
  'branch moved:2',
  'tables written:3',
]

test.concurrent.for(points)('a session killed at "%s" resumes completely', { timeout: 60_000 }, killedAt)

// A crash that is fixed, a short outage of the agent, a discard.
const rough = [set('CRASH', '1'), `${set('CRASH', '0')}; ${set('RATE', '0.04')}`, 'exit 75', set('RATE', '0.01')]
const two = ['--program', 'program.md', '--tag', 'try', '--experiments', '2', '--seeds', '1']

async function roughTarget(finished: Finished): Promise<string> {
  const root = await repository({ 'train.js': trainer, 'frozen.txt': 'as it is\n' }, finished)
  await write(join(root, '..'), { 'agent.sh': player(rough) })
  await write(root, { 'program.md': program(join(root, '../agent.sh')) })
  return root
}

const roughPoints = [
  'inside agents-checked:1',
  'after run-finished:2',
  'before candidate:2',
  'ref written:2',
  'after candidate:2',
  'inside agent-failed:1',
  'after agent-failed:1',
  'before agent-recovered:1',
  'after agent-recovered:1',
]

test.concurrent.for(roughPoints)(
  'a session with a fixed crash and an outage, killed at "%s", resumes completely',
  {
    timeout: 60_000,
  },
  async (failpoint, { onTestFinished }) => {
    const root = await roughTarget(onTestFinished)
    const killed = await nightshift(root, 'session', two, { NIGHTSHIFT_FAILPOINT: failpoint })
    expect(killed.signal, `${failpoint}: ${killed.stderr}`).toBe('SIGKILL')
    const folder = await folderOf(root)
    // The player continues after the proposals in the journal.
    const before = await readJournal(files.journal(folder))
    const turns = before.filter(e => e.event === 'candidate' || e.event === 'agent-failed').length
    await playFrom(root, turns)
    const result = await nightshift(root, 'session', ['--resume', basename(folder)])
    expect(result.exitCode, result.stderr).toBe(0)

    const { session, experiments } = await readSession(folder)
    expect(experiments.map(e => [e.number, e.status, e.fixes])).toEqual([
      [0, 'keep', 0],
      [1, 'keep', 1],
      [2, 'discard', 0],
    ])
    const own = experiments.map(e => e.runs.filter(run => run.purpose === 'candidate').map(run => run.outcome))
    expect(own).toEqual([[], ['crash', 'ok'], ['ok']])
    for (const { runs } of experiments) expect(new Set(runs.map(run => run.k)).size).toBe(runs.length)
    const refs = await git(root, 'for-each-ref', '--format=%(refname:lstrip=3)', 'refs/autoresearch/try')
    expect(refs.split('\n')).toEqual(['0001', '0001-2', '0002'])
    expect(await git(root, 'rev-parse', 'autoresearch/try')).toBe(experiments[1]?.commit)
    expect(session.outages).toEqual([
      expect.objectContaining({ kind: 'overload', tries: 1, endedAt: expect.any(String) }),
    ])
    expect(await readFile(files.patch(folder, 1), 'utf8')).toContain('+const RATE = 0.04')
    expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(1)
  },
)
