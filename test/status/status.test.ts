import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { readDigest } from '../../scripts/analysis/readDigest.ts'
import { resultParagraph, resultSentences } from '../../scripts/analysis/result/sentences.ts'
import { files } from '../../scripts/record/files/paths.ts'
import type { Candidate, JournalEvent } from '../../scripts/record/journal.ts'
import type { OwnExperiment, OwnSession } from '../../scripts/record/schema.ts'
import { initialState } from '../../scripts/record/state.ts'
import { healthOf } from '../../scripts/status/health.ts'
import { costLeftText, type Remaining, remainingByRules } from '../../scripts/status/remaining.ts'
import { statusText } from '../../scripts/status/screen.ts'
import type { Status } from '../../scripts/status/status.ts'
import { watch } from '../../scripts/status/watch.ts'
import { player, program, set, trainer } from '../helpers/target.ts'
import { nightshift, repository, sessionsOf, write } from '../helpers/throwaway.ts'

/** Only a word or a command that stands alone may be longer than 80 columns. */
const narrow = (text: string) => {
  const long = text.split('\n').filter(line => [...line].length > 80)
  expect(long.filter(line => !/^(npx pnpm [^`]*|(\w+ +)?\S+)$/.test(line.trim()))).toEqual([])
}

/** As the value of a constant, makes a run wait until the test has written `open` where a run in a sandbox reads it. */
const untilOpen =
  '0; const { existsSync } = await import("node:fs"); const open = process.env.NIGHTSHIFT_CURVE.split("sessions")[0] + ["repo", ".git", "open"].join(String.fromCharCode(47)); while (!existsSync(open)) await new Promise(done => setTimeout(done, 20))'

test('status shows what runs, then that a killed session can be resumed, then its end; --watch ends with the session', {
  timeout: 60_000,
}, async () => {
  const root = await repository({ 'train.js': trainer, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player([set('RATE', '0.04'), 'exit 3', set('CRASH', untilOpen)]) })
  await write(root, { 'program.md': program(join(root, '../agent.sh'), 'hours: 2\npatience: 5\n') })
  const session = nightshift(root, 'session', [
    '--program',
    'program.md',
    '--seeds',
    '1',
    '--experiments',
    '2',
    '--hours',
    '2',
  ])
  const idOf = async () => (await readdir(sessionsOf(root)).catch(() => []))[0] ?? 'none'
  const journal = async () => readFile(files.journal(join(sessionsOf(root), await idOf())), 'utf8').catch(() => '')
  while (!/"run-started".*"experiment":2/.test(await journal())) await wait(50)
  const id = await idOf()

  const json = await nightshift(root, 'status', ['--json'])
  expect(json.stdout.split('\n')).toHaveLength(1)
  expect(JSON.parse(json.stdout) as Status).toMatchObject({
    id,
    state: 'running',
    resume: null,
    running: [{ experiment: 2, purpose: 'candidate', slot: 0, budgetSeconds: 1 }],
    experiments: 1,
    kept: 1,
    head: { experiment: 1, description: 'RATE to 0.04' },
    gain: expect.closeTo(0.1, 2),
    left: [
      { rule: 'hours', limit: 2, seconds: expect.any(Number) },
      { rule: 'experiments', limit: 2, left: 1 },
      { rule: 'patience', limit: 5, left: 5 },
    ],
    agent: { agent: 'command', failures: 0, last: { why: expect.stringContaining('exit code 3') } },
    last: [{ number: 0 }, { number: 1, status: 'keep' }],
  })

  // A running session holds the lock, so a manual experiment is refused.
  const hand = await nightshift(root, 'experiment')
  expect(hand.exitCode).toBe(2)
  expect(hand.stderr).toMatch(/error: .* is being run by process \d+\.\n.*pnpm status/)

  const endless = nightshift(root, 'status', ['--watch'], { COLUMNS: '80' })
  endless.stdout.once('data', () => endless.kill('SIGINT'))
  expect(await endless).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${id}  running`) })

  session.kill('SIGKILL')
  await session
  const dead = await nightshift(root, 'status', ['--watch'], { COLUMNS: '80' })
  expect(dead.stdout).toContain(`interrupted; to continue:\n${' '.repeat(12)}npx pnpm session resume ${id}`)
  narrow(dead.stdout)

  const resumed = nightshift(root, 'session', ['--resume'])
  const state = async () => (JSON.parse((await nightshift(root, 'status', ['--json'])).stdout) as Status).state
  while ((await state()) !== 'running') await wait(20)
  const watching = nightshift(root, 'status', ['--watch'], { COLUMNS: '80' })
  watching.stdout.once('data', () => write(join(root, '.git'), { open: '' }))
  const watched = await watching
  expect((await resumed).exitCode).toBe(0)
  expect(watched.exitCode).toBe(0)
  const screens = watched.stdout.trim().split(/^(?=session )/m)
  expect(screens.length).toBeGreaterThan(1)
  expect(screens[0]).toContain(`${id}  running`)
  expect(screens.at(-1)).toContain(`${id}  ended (experiments)`)
  expect(screens.at(-1)).toContain('end         2 experiments done')
  // The words of the report.
  const digest = await readDigest(join(sessionsOf(root), id))
  const { digest: facts } = digest.kind === 'current' ? digest : expect.fail('there is no digest')
  const said = resultSentences(facts)
  expect(said.verdict).not.toBe('')
  const { result, elapsedSeconds } = JSON.parse((await nightshift(root, 'status', ['--json'])).stdout) as Status
  expect(elapsedSeconds).toBe(facts.time.total)
  expect(result).toMatchObject({ text: resultParagraph(said), next: { command: said.next.command } })
  expect(screens.at(-1)?.replace(/\n +/g, ' ')).toContain(`\nresult      ${resultParagraph(said)}\n`)
  expect(screens.at(-1)).toContain(said.next.command)
  narrow(watched.stdout)
})

const session = (contract: object, goal: 'minimize' | 'maximize' = 'minimize') =>
  ({ contract, metric: { name: 'loss', goal }, startedAt: '2026-11-21T22:00:00Z' }) as unknown as OwnSession

const experiment = (number: number, status: string, metric: number) =>
  ({
    number,
    status,
    metric,
    commit: String(number),
    agent: { costUsd: 0.5 },
    runs: [{ purpose: 'candidate', commit: String(number), metric }],
  }) as unknown as OwnExperiment

test('each stop rule shows what remains of it; the limits of a resumption count', () => {
  const rules = { until: '07:00', hours: 4, experiments: 9, patience: 4, cost_usd: 10, metric: { target: 0.5 } }
  const state = initialState(session(rules))
  state.experiments = [experiment(0, 'keep', 1), experiment(1, 'keep', 0.9), experiment(2, 'discard', 1)]
  state.stopRules = { experiments: 12 }
  const began = new Date(2026, 10, 21, 23, 0)
  const now = new Date(2026, 10, 22, 1, 0)
  const left = remainingByRules(state, { began, now, active: 7200, rate: 2 / 7200 })
  expect(left.map(({ rule, left, seconds }) => [rule, Number(left.toFixed(6)), seconds])).toEqual([
    ['until', 6 * 3600, 6 * 3600],
    ['hours', 7200, 7200],
    ['experiments', 10, 36_000],
    ['patience', 3, 10_800],
    ['target', 0.4, null],
    ['cost_usd', 8.5, null],
  ])
  const priced = initialState(session({ cost_usd: 10, gpuUsdHour: 2, slots: 1 }))
  priced.experiments = state.experiments
  const [cost] = remainingByRules(priced, { began, now, active: 7200, rate: 0 })
  expect(costLeftText(cost as Remaining)).toBe(
    '$4.50 of $10.00, confirm included; $1.50 for agents and $4.00 for GPUs so far',
  )
  expect(costLeftText(left[5] as Remaining)).toBe('$8.50 of $10.00')
  expect(remainingByRules(initialState(session({})), { began, now, active: 0, rate: 0 })).toEqual([])
  const late = remainingByRules(state, { began, now: new Date(2026, 10, 22, 9, 0), active: 36_000, rate: 0 })
  expect(late.slice(0, 3).map(({ left, seconds }) => [left, seconds])).toEqual([
    [0, 0],
    [0, 0],
    [10, null],
  ])
})

test('consecutive failures of all agents and refusals are counted until an agent proposes', () => {
  const at = '2026-11-21T22:00:00Z'
  const fails = (use: string, detail: string): JournalEvent => {
    return { event: 'agent-failed', at, agentIndex: 0, use, kind: 'overload', detail, backoff: 30 }
  }
  const proposes = (use: string): JournalEvent => ({
    event: 'candidate',
    at,
    candidate: { agent: { use } } as Candidate,
  })
  const refused = { event: 'judged', at, experiment: { status: 'refused', reason: 'Refused: so.' } } as JournalEvent
  expect(healthOf([], 'claude')).toEqual({ agent: 'claude', failures: 0, last: null })
  const down = [proposes('codex'), fails('codex', 'no answer'), fails('codex', 'no answer'), proposes('hand')]
  expect(healthOf(down, 'claude')).toMatchObject({ agent: 'codex', failures: 2, last: { why: 'no answer' } })
  expect(healthOf([...down, refused], 'claude')).toMatchObject({ failures: 3, last: { why: 'Refused: so.' } })
  expect(healthOf([...down, proposes('tuner')], 'claude')).toMatchObject({ agent: 'tuner', failures: 0 })
  const exhausted: JournalEvent = { event: 'agent-exhausted', at, use: 'tuner', why: 'it has nothing left to try' }
  expect(healthOf([...down, exhausted], 'claude').last?.why).toBe('tuner: it has nothing left to try')
})

const outage = (text: string) => ({
  agentIndex: 0,
  use: text,
  kind: text,
  detail: text,
  startedAt: '2020-01-01T00:00:00Z',
  tries: 99_999,
  experiments: 99_999,
})

const told = (answer: string, acknowledged = false): Status['notified'][number] => ({
  event: 'machine',
  of: 'stop',
  to: 'discord',
  acknowledged,
  answer,
  at: '2020-01-01T07:02:00Z',
})

test('no line is longer than 80 columns, for any names and numbers', () => {
  const long = 'a very long text, repeated '.repeat(9)
  const row = {
    number: 1234,
    status: 'conflict',
    word: 'did not apply',
    metric: -12_345.678912,
    gain: -0.000_000_012_3,
    description: long,
  }
  const text = statusText({
    id: `2026-11-21-${'m'.repeat(39)}-${'t'.repeat(61)}`,
    state: 'interrupted',
    alive: false,
    resume: `npx pnpm session resume ${'x'.repeat(112)}`,
    reason: long,
    inherited: long,
    replicates: null,
    result: { text: long, counts: long, next: { text: long, command: long } },
    report: null,
    forecast: {
      coverage: 0.8,
      experiments: { low: 1000, middle: 5000, high: 99_999 },
      runs: { low: 1000, middle: 5000, high: 99_999 },
      hours: { low: 100, middle: 500, high: 9999 },
      agentUsd: { low: 1000, middle: 5000, high: 99_999 },
      gpuUsd: { low: 1000, middle: 5000, high: 99_999 },
      each: { agentUsd: { low: 0.012, middle: 5, high: 99 }, seconds: { low: 1, middle: 5, high: 9999 } },
      atMost: { experiments: null, hours: null, gpuUsd: null },
      mayEndEarlier: true,
      agent: long,
      gpuUsdHour: 12.345,
      devices: 64,
      basis: { cost: { sessions: 5, experiments: 9999, own: 999 }, pace: { sessions: 5, experiments: 9999, own: 999 } },
    },
    elapsedSeconds: 999_999,
    running: [],
    engine: {
      use: 'slurm',
      description: long,
      queueTimeoutSeconds: 1800,
      slots: [],
      lost: [{ cause: long, attempts: 99_999 }],
      slow: [],
    },
    waiting: 0,
    experiments: 99_999,
    kept: 9999,
    metric: long,
    goal: 'maximize',
    baseline: -12_345.678912,
    gain: 0.1,
    experimentsPerHour: 12_345.6,
    head: { experiment: 1234, value: -12_345.678912, description: long, pReal: 0.0001 },
    noise: { sigma: 1.23e-12, interval: [1.2e-17, 3.4e12], df: 3, runs: 4, earlier: [] },
    sandbox: { mechanism: 'bubblewrap; 99999 of 999999 runs in sandbox-exec', text: long },
    busy: 0.999,
    gpu: true,
    gpuFindings: [],
    left: [
      { rule: 'until', limit: '07:00', left: 86_399, seconds: 86_399 },
      { rule: 'experiments', limit: 99_999, left: 99_999, seconds: 1e9 },
      { rule: 'target', limit: -12_345.678912, left: 1.23e-21, seconds: null },
      { rule: 'cost_usd', limit: 10, left: 6.8, seconds: null },
    ],
    outages: [
      { ...outage(long), endedAt: null, retryInSeconds: 99_999 },
      { ...outage('claude'), endedAt: '2020-01-02T00:00:00Z', retryInSeconds: null },
    ],
    agent: { agent: long, failures: 4, last: { at: '2020-01-01T00:00:00Z', why: `\u001b[31m${long}` } },
    final: {
      kind: 'pruned',
      experiment: 99,
      commit: 'c'.repeat(40),
      branch: `autoresearch/${'t'.repeat(61)}-final`,
      removed: [1, 2, 3, 4, 5, 6].map(experiment => ({ experiment, pReal: 0.2 })),
      notRemoved: [],
      why: null,
    },
    published: [`docs: not posted: ${long}; by hand: \`npx pnpm post ID --to docs\``],
    notified: Array.from({ length: 10 }, () => told(long)),
    hookFailures: [{ event: 'end', number: null, why: long, at: '2026-11-20T05:10:00.000Z' }],
    last: Array.from({ length: 10 }, () => row),
  })
  narrow(text)
  expect(text).not.toContain('\u001b')
  // A command stands alone and whole.
  expect(text).toContain(`npx pnpm session resume ${'x'.repeat(112)}`)
  expect(text.replace(/\n +/g, ' ')).toContain('P(real) <1%')
  expect(text).toContain('notify      machine not acknowledged at 07:02 UTC: discord a very long text')
})

test('on a TTY the status is redrawn in place, within its rows and columns', async () => {
  const text = ['session  x', ...Array.from({ length: 30 }, (_, i) => `line ${i} ${'─'.repeat(90)}`)].join('\n')
  const states = ['running', 'running', 'hours']
  let written = ''
  const stream = new Writable({
    write: (chunk, _, done) => {
      written += String(chunk)
      done()
    },
  })
  const screen = Object.assign(stream, { isTTY: true, rows: 10, columns: 60 }) as unknown as NodeJS.WriteStream
  await watch(
    async () => ({ alive: states.shift() === 'running' }) as Status,
    () => text,
    screen,
    true,
    1,
  )
  const drawings = written.split('\u001b[H').slice(1)
  expect(drawings).toHaveLength(3)
  for (const drawing of drawings) {
    const lines = stripVTControlCharacters(drawing).trimEnd().split('\n')
    expect(lines).toHaveLength(9)
    expect(lines.every(line => line.length <= 60)).toBe(true)
    expect(drawing).toMatch(/^session {2}x\u001b\[K\n.*\u001b\[J$/s)
  }
})
