/** Sessions with `judge: paired`, on a target that gets slower with every run, as a warming machine does. */
import { readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { readJournal } from '../../scripts/record/journal.ts'
import type { Run } from '../../scripts/record/schema.ts'
import { player } from '../helpers/target.ts'
import { type Finished, nightshift, repository, sessionsOf, write } from '../helpers/throwaway.ts'

/**
 * Each run is 1 slower than the one before; a unit of GAIN makes it 3 faster. With BROKEN runs of the head fail. In shell,
 * because these sessions have many runs, and Node starts slower.
 */
const target = `GAIN=0
around="\${NIGHTSHIFT_CURVE%%/sessions/*}"
printf '%s ' "$GAIN" >> "$around/runs"
runs=$(wc -w < "$around/runs")
# The first run of the baseline says how many pairs the budget holds: the least, on any machine.
if [ "$runs" -eq 1 ]; then sleep 0.15; fi
if [ -e "$around/broken" ] && [ "$GAIN" = 0 ]; then echo 'Error: the fan has stopped' >&2; exit 1; fi
echo ---
awk -v runs="$runs" -v gain="$GAIN" 'BEGIN { printf "ms: %.4f\\n", 1000 + runs - 3 * gain }'
`

const set = (value: string) =>
  `sed -i.bak 's/^GAIN=.*/GAIN=${value}/' work.sh && rm work.sh.bak; echo 'GAIN to ${value}'`
const steps = [set('1'), set('0.5'), set('1.2')]
const args = ['--program', 'program.md', '--tag', 'try', '--experiments', '3', '--seeds', '1']

async function drifting(finished?: Finished, judge = 'paired', played = steps): Promise<string> {
  const root = await repository({ 'work.sh': target }, finished)
  await write(join(root, '..'), { 'agent.sh': player(played) })
  const program = `---
edit: work.sh
run: sh work.sh
metric: ms
budget: 100ms
judge: ${judge}
sandbox: off
line_cost: 0
agent: { use: command, command: "sh ${join(root, '../agent.sh')}" }
fallback: []
---

Make it faster.
`
  await write(root, { 'program.md': program.replace('100ms', '1s') })
  return root
}

const folderOf = async (root: string) => join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? '')
const brief = ({ purpose, seed }: Run) => `${purpose} ${seed}`
const rounds = [
  'candidate 1',
  'opponent 1',
  'opponent 2',
  'repeat 2',
  'repeat 3',
  'opponent 3',
  'opponent 4',
  'repeat 4',
]

test('a paired session keeps what is better side by side, however slow the machine has become', async () => {
  const root = await drifting()
  const { exitCode, stderr, stdout } = await nightshift(root, 'session', args)
  expect(exitCode, stderr).toBe(0)
  const { session, experiments } = await readSession(await folderOf(root))
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'discard', 'keep'])
  // Candidate, head, head, candidate: the drift is in neither's favour.
  for (const e of experiments.slice(1))
    expect(e.runs.filter(run => run.purpose !== 'confirm').map(brief)).toEqual(rounds)
  expect(experiments.map(e => e.decision?.gain ?? null)).toEqual(
    [null, 3, -1.5, 0.6].map(gain => gain && expect.closeTo(gain, 6)),
  )
  expect(experiments[1]?.decision?.pairs?.count).toBe(4)
  expect(experiments[1]?.reason).toMatch(/^It is 3\.0+ better than the head in 4 pairs run side by side \(95% ± /)
  for (const e of experiments.slice(1))
    for (const run of e.runs.filter(run => run.purpose === 'opponent')) expect(run.commit).toBe(e.parent?.commit)
  // A drift of 1 a run makes a pair's differences +1 and −1 around the gain.
  expect(session.noise?.sigma).toBeGreaterThan(0)
  expect(stderr + stdout).toContain('The change is −3.6 ± ')
}, 120_000)

test('the same session without pairs judges by the drift', async () => {
  const root = await drifting(undefined, 'single')
  expect((await nightshift(root, 'session', args)).exitCode).toBe(0)
  const { experiments } = await readSession(await folderOf(root))
  expect(experiments.filter(e => e.status === 'keep').map(e => e.number)).toEqual([0, 1])
}, 120_000)

// Runs of the first experiment: the second run of a pair, the first of one, and between two pairs.
const points = ['after run-finished:2', 'after run-started:4', 'after run-finished:3', 'after noise:1']

const one = [...args.slice(0, 4), '--experiments', '1', '--seeds', '1']
test.concurrent.for(points)(
  'a paired session killed at "%s" takes the same next step',
  { timeout: 180_000 },
  async (failpoint, { onTestFinished }) => {
    const root = await drifting(onTestFinished)
    const killed = await nightshift(root, 'session', one, { NIGHTSHIFT_FAILPOINT: failpoint })
    expect(killed.signal, `${failpoint}: ${killed.stderr}`).toBe('SIGKILL')
    const folder = await folderOf(root)
    const events = await readJournal(files.journal(folder))
    const made = new Set(events.flatMap(e => (e.event === 'candidate' ? [e.candidate.number] : []))).size
    await writeFile(join(root, '../agent.sh.count'), `${made}\n`)
    const result = await nightshift(root, 'session', ['--resume', basename(folder)])
    expect(result.exitCode, result.stderr).toBe(0)
    const { experiments } = await readSession(folder)
    expect(experiments.map(e => e.status)).toEqual(['keep', 'keep'])
    for (const e of experiments.slice(1)) {
      expect(e.runs.filter(run => run.purpose !== 'confirm').map(brief)).toEqual(rounds)
      expect(new Set(e.runs.map(run => run.k)).size).toBe(e.runs.length)
    }
  },
)

test('a head that fails again and again beside a candidate is not the candidate’s fault', async () => {
  const root = await drifting(undefined, 'paired', [
    `touch ../broken; ${steps[0]}`.replace('../broken', '$(dirname "$0")/broken'),
    `rm $(dirname "$0")/broken; ${steps[2]}`,
  ])
  const { exitCode, stderr } = await nightshift(root, 'session', [
    ...args.slice(0, 4),
    '--experiments',
    '2',
    '--seeds',
    '1',
  ])
  expect(exitCode, stderr).toBe(0)
  const { experiments } = await readSession(await folderOf(root))
  expect(experiments.map(e => e.status)).toEqual(['keep', 'aborted', 'keep'])
  expect(experiments[1]?.reason).toBe(
    'Aborted: beside it the head failed 3 times in a row (exit code 1: Error: the fan has stopped), so the machine is likely at fault.',
  )
}, 120_000)
