import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import type { Status } from '../../../scripts/status/status.ts'
import { player, program, set, trainer } from '../../helpers/target.ts'
import { nightshift, repository, withoutClients, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'

const slow = { timeout: 60_000 }

// A run ends when no backoff is open and `holds` is true, so that an agent is asked again before the next run.
// `events` are the journal's; `started` counts the runs of candidates, this one included.
const held = (holds: string): string => `import { existsSync, readdirSync, readFileSync } from 'node:fs'
${trainer.replace(
  'const seed',
  `const around = process.env.NIGHTSHIFT_CURVE.split('/sessions/')[0]
for (;;) {
  const [id] = readdirSync(around + '/sessions')
  const journal = readFileSync(around + '/sessions/' + id + '/journal.jsonl', 'utf8')
  const events = journal.split('\\n').slice(0, -1).map(line => JSON.parse(line))
  const started = events.filter(e => e.event === 'run-started' && e.purpose === 'candidate').length
  const downs = events.filter(e => e.event === 'agent-failed')
  const backingOff = downs.some(e => Date.now() < Date.parse(e.at) + e.backoff * 1000 + 50)
  if (!backingOff && (${holds})) break
  await new Promise(done => setTimeout(done, 20))
}
const seed`,
)}`

/** The small target with an agent that plays these steps, and the tuner as fallback. */
async function target(steps: string[], agent = '', train = trainer): Promise<string> {
  // Only RATE stays a constant: the tuner would switch on what makes a run hang.
  const tame = train.replace(/^const (CRASH|HANG|LIE|TOUCH) = 0$/gm, 'const [$1] = [0]')
  const root = await repository({ 'train.js': tame, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  // Runs that wait read the session's journal, which a sandbox hides.
  const keys = train === trainer ? 'fallback: [tuner]' : 'fallback: [tuner]\nsandbox: off'
  const text = program(join(root, '../agent.sh')).replace('fallback: []', keys)
  await write(root, { 'program.md': agent ? text.replace(/^agent: .*$/m, `agent: ${agent}`) : text })
  return root
}

const session = (root: string, experiments: number) =>
  nightshift(root, 'session', ['--program', 'program.md', '--seeds', '1', '--experiments', String(experiments)])

async function open(root: string) {
  const folder = await folderOf(root)
  return { folder, ...(await readSession(folder)), events: await readJournal(files.journal(folder)) }
}

const busy = 'echo "retry-after: 3600" >&2; exit 75'

test('the fallback proposes during an outage, and the agent afterwards', slow, async () => {
  // The agent is asked again after the second and the third run; the fourth run waits for its answer.
  const order =
    "started < 3 || (downs.length === 2 && (started < 4 || events.some(e => e.event === 'agent-recovered')))"
  const steps = [set('RATE', '0.03'), busy, 'exit 1', set('RATE', '0.07'), set('RATE', '0.08')]
  const root = await target(steps, '', held(order))
  const result = await session(root, 6)
  expect(result.exitCode, result.stderr).toBe(0)
  const { session: record, experiments, events } = await open(root)
  const [outage] = record.outages
  expect(record.outages).toHaveLength(1)
  expect(outage).toMatchObject({ agentIndex: 0, use: 'command', kind: 'rate-limit', tries: 2 })
  expect(outage?.detail).toMatch(/^The command agent is down for now/)
  // How many there are depends on timing: on a busy machine a backoff is over before the fallback's next turn.
  const [failed, recovered] = ['agent-failed', 'agent-recovered'].map(name => events.findIndex(e => e.event === name))
  const meanwhile = events
    .slice(failed, recovered)
    .flatMap(e => (e.event === 'candidate' && e.candidate.agent.use === 'tuner' ? [e.candidate.number] : []))
  expect(meanwhile.length).toBeGreaterThan(0)
  expect(outage?.experiments).toBe(new Set(meanwhile).size)
  expect(Date.parse(outage?.endedAt ?? '')).toBeGreaterThan(Date.parse(outage?.startedAt ?? ''))
  // Its own first, then the tuner's, then its own; numbers are unique.
  const by = experiments.slice(1).sort((a, b) => a.number - b.number)
  expect(by.map(e => e.number)).toEqual([1, 2, 3, 4, 5, 6])
  expect(by.map(e => e.agent.use).slice(0, 2)).toEqual(['command', 'tuner'])
  // The order depends on timing.
  expect(by.filter(e => e.agent.use === 'command').length).toBeGreaterThan(1)
  expect(events.filter(e => e.event === 'agent-failed').map(e => e.kind)).toEqual(['rate-limit', 'crash'])
  expect(result.stderr).toContain('Retrying in')
  expect(result.stderr).toMatch(/up +command answers again after .* proposals? made without it/)
  const status = await nightshift(root, 'status')
  expect(status.stdout).toMatch(
    /^outages +1 outage of an agent, .* s, ended; \d experiments? came from others meanwhile$/m,
  )
})

test('a session whose agent never answers runs with the fallback and records the outage', slow, async () => {
  const root = await target(Array(40).fill('echo "no key" >&2; exit 3'))
  const result = await session(root, 3)
  expect(result.exitCode, result.stderr).toBe(0)
  const { session: record, experiments } = await open(root)
  expect(experiments.map(e => e.agent.use)).toEqual([null, 'tuner', 'tuner', 'tuner'])
  expect(record.outages).toEqual([
    expect.objectContaining({ use: 'command', kind: 'crash', experiments: 3, endedAt: record.endedAt }),
  ])
  expect(record.clients).toEqual([
    { use: 'command', model: null, version: null },
    { use: 'tuner', model: null, version: null },
  ])
})

test('an agent that hangs after an outage does not block the session and is killed at its end', slow, async () => {
  const root = await target([busy, ...Array(9).fill('sleep 301')], '', held('true'))
  const result = await session(root, 4)
  expect(result.exitCode, result.stderr).toBe(0)
  const { experiments } = await open(root)
  expect(experiments.map(e => e.agent.use)).toEqual([null, ...Array(4).fill('tuner')])
  expect(await readFile(join(root, '../agent.sh.count'), 'utf8')).toBe('2\n')
  const { stdout } = await execa('ps', ['-eo', 'args='])
  expect(stdout.split('\n').filter(line => line.includes(join(root, '..')))).toEqual([])
})

test('an agent that exceeds its timeout is down', slow, async () => {
  const root = await target(Array(9).fill('sleep 302'))
  const path = join(root, 'program.md')
  await writeFile(path, (await readFile(path, 'utf8')).replace(/sh (.*agent\.sh)" \}/, 'sh $1", timeout: 1s }'))
  const result = await session(root, 1)
  expect(result.exitCode, result.stderr).toBe(0)
  const { session: record, experiments } = await open(root)
  expect(experiments.map(e => e.agent.use)).toEqual([null, 'tuner'])
  expect(record.outages).toEqual([expect.objectContaining({ kind: 'timeout', experiments: 1 })])
})

test('a failed check is printed with advice before the session, and the fallback proposes', slow, async () => {
  const root = await target([], 'opencode')
  const alone = { PATH: await withoutClients() }
  const args = ['--program', 'program.md', '--seeds', '1', '--experiments', '1']
  const result = await nightshift(root, 'session', args, alone)
  expect(result.exitCode, result.stderr).toBe(0)
  const begin = result.stderr.indexOf('baseline')
  expect(result.stderr.slice(0, begin)).toMatch(/opencode cannot propose\. .+\ntuner proposes instead/)
  const { session: record, experiments } = await open(root)
  expect(experiments.map(e => e.agent.use)).toEqual([null, 'tuner'])
  expect(record.outages).toEqual([expect.objectContaining({ use: 'opencode', kind: 'check', experiments: 1 })])

  // Without a fallback there is no session, and no file is written.
  const other = await target([], 'opencode')
  const text = await readFile(join(other, 'program.md'), 'utf8')
  await writeFile(join(other, 'program.md'), text.replace('fallback: [tuner]', 'fallback: []'))
  const refused = await nightshift(other, 'session', args, alone)
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toMatch(/^error: .*opencode.*\n {7}.*--agent tuner\.$/m)
  expect(await folderOf(other)).toMatch(/none$/)
})

test('status shows who is down, why, since when and until when', slow, async () => {
  const root = await target([busy])
  await write(root, { 'program.md': (await readFile(join(root, 'program.md'), 'utf8')).replace('[tuner]', '[]') })
  const session = nightshift(root, 'session', ['--program', 'program.md', '--seeds', '1', '--experiments', '1'], {
    NIGHTSHIFT_PAUSE_MS: '30000',
  })
  const journal = async () => readFile(files.journal(await folderOf(root)), 'utf8').catch(() => '')
  while (!(await journal()).includes('"agent-failed"')) await new Promise(done => setTimeout(done, 50))
  const json = await nightshift(root, 'status', ['--json'])
  const text = await nightshift(root, 'status')
  session.kill('SIGINT')
  expect((await session).exitCode).toBe(0)
  const status = JSON.parse(json.stdout) as Status
  expect(status.outages).toEqual([
    expect.objectContaining({ use: 'command', kind: 'rate-limit', endedAt: null, tries: 1, experiments: 0 }),
  ])
  // The service asked for an hour; the backoff is at most ten minutes.
  expect(status.outages[0]?.retryInSeconds).toBeGreaterThan(300)
  expect(status.outages[0]?.retryInSeconds).toBeLessThanOrEqual(600)
  expect(text.stdout).toMatch(
    /^down +command has been out \(rate-limit\) since .* s\n +retry in .*; The command agent is down/m,
  )
})
