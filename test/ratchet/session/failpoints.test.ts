import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournalIfThere } from '../../../scripts/record/journal.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { type Finished, git, nightshift, repository, write } from '../../helpers/throwaway.ts'
import { checkWhole, finish, folderOf, playFrom, resume, target } from './faults.ts'

/**
 * Points of the flow at which a session and each of its resumptions is killed, one after the other. Numbers count the calls
 * in one process. "inside" leaves a partial line in the journal.
 */
const kills = [
  [
    'before started:1',
    'inside started:1',
    'after started:1',
    'inside run-started:1',
    'after run-started:1',
    'after environment:1',
    'inside run-finished:1',
    'after run-finished:1',
  ],
  [
    'after run-started:2',
    'run prepared:1',
    'inside judged:1',
    'inside candidate:1',
    'ref written:1',
    'before judged:1',
  ],
  [
    'after candidate:1',
    'runner started:1',
    'run ended:1',
    'judged:1',
    'branch moved:1',
    'after noise:1',
    'after judged:1',
  ],
  ['judged:2', 'before candidate:1', 'after run-finished:1', 'tables written:1', 'after run-started:3'],
  [
    'tables written:3',
    'after judged:1',
    'after run-finished:2',
    'after run-started:1',
    'before stopped:1',
    'after stopped:1',
  ],
]

test.concurrent.for(kills)(
  'a session that is killed again and again, first at "%s", resumes completely',
  { timeout: 120_000 },
  async (points, { onTestFinished }) => {
    const root = await target({}, onTestFinished)
    for (const point of points) {
      const { result } = await resume(root, point)
      expect(result.signal, `${point}: ${result.stderr}`).toBe('SIGKILL')
    }
    await finish(root)
    await checkWhole(root)
  },
)

// A crash that is fixed, a short outage of the agent, a discard.
const rough = [set('CRASH', '1'), `${set('CRASH', '0')}; ${set('RATE', '0.04')}`, 'exit 75', set('RATE', '0.01')]
const two = ['--program', 'program.md', '--tag', 'try', '--experiments', '2', '--seeds', '1']

async function roughTarget(finished: Finished): Promise<string> {
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' }, finished)
  await write(join(root, '..'), { 'agent.sh': player(rough) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'))) })
  return root
}

const roughKills = [
  [
    'inside agents-checked:1',
    'after run-finished:2',
    'before candidate:1',
    'ref written:1',
    'after candidate:1',
    'inside agent-failed:1',
    'after agent-failed:1',
  ],
  // A resumed session checks its agents anew, so one that had failed does not recover in it.
  ['after candidate:2', 'before agent-recovered:1'],
  ['after agent-recovered:1'],
]

test.concurrent.for(roughKills)(
  'a session with a fixed crash and an outage, killed again and again, first at "%s", resumes completely',
  { timeout: 120_000 },
  async (points, { onTestFinished }) => {
    const root = await roughTarget(onTestFinished)
    for (const point of [...points, null]) {
      const folder = await folderOf(root)
      const events = (await readJournalIfThere(files.journal(folder))) ?? []
      // The player continues after the proposals in the journal.
      await playFrom(root, events.filter(e => e.event === 'candidate' || e.event === 'agent-failed').length)
      const asked = events.length === 0 ? two : ['--resume', basename(folder)]
      const result = await nightshift(root, 'session', asked, point === null ? {} : { NIGHTSHIFT_FAILPOINT: point })
      if (point === null) expect(result.exitCode, result.stderr).toBe(0)
      else expect(result.signal, `${point}: ${result.stderr}`).toBe('SIGKILL')
    }
    const folder = await folderOf(root)
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
