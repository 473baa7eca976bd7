/** A host that trains much slower than the others gets no more runs. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { overSsh } from '../../helpers/sshd.ts'
import { set, shellTrainer } from '../../helpers/target.ts'
import { nightshift, scratch, sessionsOf } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'
import { onHosts } from './onHosts.ts'

/**
 * The first host besides that of the baseline has a third of the throughput. The others wait until it has begun three runs, so
 * that it gets them however long the agent takes; after three runs more they wait until it is left out, so that runs remain.
 */
const slowed = (shared: string): string =>
  shellTrainer
    .replace(
      'case $NIGHTSHIFT_SPLITS',
      `tokens=9.0
if mkdir ${shared}/base 2>/dev/null; then echo $MAX_JOBS > ${shared}/base/id
else
  [ $MAX_JOBS = $(cat ${shared}/base/id) ] || { mkdir ${shared}/slow && echo $MAX_JOBS > ${shared}/slow/id; } 2>/dev/null
  if [ $MAX_JOBS = "$(cat ${shared}/slow/id 2>/dev/null)" ]
  then tokens=3.0; mkdir ${shared}/1 || mkdir ${shared}/2 || mkdir ${shared}/3
  else
    until [ -e ${shared}/3 ]; do sleep 0.1; done
    mkdir ${shared}/a || mkdir ${shared}/b || mkdir ${shared}/c ||
      until grep -qs node-left-out "$(cat ${shared}/sessions)"/*/journal.jsonl; do sleep 0.1; done
  fi
fi
case $NIGHTSHIFT_SPLITS`,
    )
    .replace('if (held)', 'printf "total_tokens_M: %s\\n", tokens\n  if (held)')
    .replace('awk -v rate', 'awk -v tokens=$tokens -v rate')

overSsh(
  'the slow one of three hosts is named after three runs and one of the head there, and gets no more',
  async finished => {
    const shared = join(await scratch(finished), 'shared')
    await mkdir(shared)
    // All are worse than the baseline, which stays the head.
    const played = Array.from({ length: 14 }, (_, i) => set('RATE', `0.01${i + 10}`))
    const there = await onHosts(
      {
        slots: 3,
        trainer: slowed(shared),
        played,
        more: 'sandbox: off\n',
        env: host => ({ MAX_JOBS: String(host) }),
      },
      finished,
    )
    await writeFile(join(shared, 'sessions'), sessionsOf(there.root))
    const asked = ['--program', 'program.md', '--tag', 'try', '--experiments', '14', '--seeds', '1']
    const result = await nightshift(there.root, 'session', asked)
    expect(result.exitCode, result.stderr).toBe(0)
    const folder = await folderOf(there.root)
    const { session } = await readSession(folder)
    const slow = `node${(await readFile(join(shared, 'slow/id'), 'utf8')).trim()}`
    expect(session.slowNodes).toMatchObject([{ node: slow, kind: expect.any(String), runs: 4, sameCode: 1 }])
    expect(session.slowNodes?.[0]?.relative).toBeCloseTo(1 / 3)
    const events = await readJournal(files.journal(folder))
    const at = events.findIndex(e => e.event === 'node-left-out')
    const placed = events.slice(at).flatMap(e => (e.event === 'run-placed' ? [e.node] : []))
    expect(placed.length).toBeGreaterThan(0)
    expect(placed).not.toContain(slow)
    const said = `${slow} trains at 33% of the speed of other nodes`
    expect(result.stderr.replace(/\s+/g, ' ')).toContain(said)
    expect((await nightshift(there.root, 'status', [])).stdout.replace(/\s+/g, ' ')).toContain(said)
    const report = (await readFile(files.report(folder), 'utf8')).replace(/\s+/g, ' ')
    expect(report).toMatch(new RegExp(`Slow node\\. ${slow} trained at 33% of the speed of other nodes`))
  },
  120_000,
)
