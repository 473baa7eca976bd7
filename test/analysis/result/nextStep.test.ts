import { expect, test } from 'vitest'
import { type NextStepInput, nextStepOf, withProgram } from '../../../scripts/analysis/result/nextStep.ts'
import { unknownOf } from '../../../scripts/analysis/result/unknown.ts'
import { argument } from '../../../scripts/lib/command.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import { buildExperiment, buildSession } from '../../helpers/exampleRecords.ts'

const confirmed = (gain: number, half: number, verdict: Confirmed['verdict'], seeds = 3): Confirmed => ({
  gain,
  interval: [gain - half, gain + half],
  baseline: 2,
  head: 2 - gain,
  seeds,
  plannedRuns: 0,
  looks: 1,
  spread: null,
  verdict,
})
const session = buildSession()

const keep = buildExperiment(1, { status: 'keep', metric: 1.9, gain: 0.1 })
const experiments = [buildExperiment(0, { status: 'keep', metric: 2 }), keep]

const next = (given: Partial<NextStepInput> = {}) =>
  nextStepOf({ session, experiments, pairs: null, confirmed: null, unknown: null, ...given })

test('after unconfirmed keeps, the next step is confirm, with its seconds by the runs of the session', () => {
  // Three pairs of runs of 8 s.
  expect(next()).toEqual({ kind: 'confirm', command: 'npx pnpm confirm 2026-11-20-cpu-abcd-nov20', seconds: 48 })
  expect(next({ pairs: 5 }).seconds).toBe(80)
  const untimed = experiments.map(e => ({ ...e, runs: [] }))
  expect(next({ experiments: untimed }).seconds).toBeNull()
})

test('an inconclusive gain needs more seeds, computed from its interval, up to a limit', () => {
  const more = (gain: number, seeds = 3) => next({ confirmed: confirmed(gain, 0.01, 'inconclusive', seeds) })
  // The interval is to shrink by 0.01 / 0.008, so 3 × 1.5625 = 4.7 seeds, 2 more.
  expect(more(0.008)).toMatchObject({ command: 'npx pnpm confirm 2026-11-20-cpu-abcd-nov20 --seeds 2', seconds: 32 })
  expect(more(0.006).command).toBe('npx pnpm confirm 2026-11-20-cpu-abcd-nov20 --seeds 6')
  expect(more(0).command).toBe('npx pnpm confirm 2026-11-20-cpu-abcd-nov20 --seeds 9')
  expect(more(0.001, 12).command).toBe('npx pnpm session')
})

test('after a settled result or without a keep, the next step is a new session on the same program', () => {
  expect(next({ confirmed: confirmed(0.1, 0.01, 'better') })).toEqual({
    kind: 'session',
    command: 'npx pnpm session',
    seconds: null,
  })
  expect(next({ confirmed: confirmed(-0.1, 0.01, 'worse') }).command).toBe('npx pnpm session')
  const alone = experiments.slice(0, 1)
  expect(next({ experiments: alone }).command).toBe('npx pnpm session')
  const own = buildSession({ program: 'my programs/p.md' })
  expect(next({ session: own, experiments: alone }).command).toBe("npx pnpm session --program 'my programs/p.md'")
  // In another repository its path there says nothing here.
  const other = buildSession({ program: 'program.md', programPath: '../target/program.md' })
  expect(next({ session: other, experiments: alone }).command).toBe('npx pnpm session --program ../target/program.md')
})

test('while the session runs, the next step is status; after an interruption it is to finish it', () => {
  const running = buildSession({ endedAt: null, stop: null })
  expect(next({ session: running }).command).toBe('npx pnpm status 2026-11-20-cpu-abcd-nov20')
  const interrupted = buildSession({ stop: { kind: 'interrupted', detail: 'Ctrl-C' } })
  expect(next({ session: interrupted }).command).toBe('npx pnpm session resume 2026-11-20-cpu-abcd-nov20')
})

test('of an imported session the next step is its pages, or to say what its statuses mean', () => {
  const imported = buildSession({ source: { kind: 'table', from: 'x.tsv' }, program: null })
  expect(next({ session: imported }).command).toBe('npx pnpm site')
  const rows = [experiments[0] as Experiment, { ...keep, status: 'unknown' as const }]
  const unknown = unknownOf(rows, imported)
  expect(next({ session: imported, experiments: rows, unknown })).toMatchObject({
    kind: 'collect',
    command: unknown?.again,
  })
})

test('a foreign name is quoted as one shell word', () => {
  expect(argument("$(rm -rf ~); it's")).toBe("'$(rm -rf ~); it'\\''s'")
  expect(argument('--json')).toBe("'--json'")
  expect(argument('plain-1.2/x')).toBe('plain-1.2/x')
})

test('the command for the next session has the path of program.md relative to the working directory', () => {
  const started = (path: string, of = session) =>
    withProgram({ kind: 'session', command: 'npx pnpm session', seconds: null }, path, of)
  expect(started('../target/app/program.md')).toBe('npx pnpm session --program ../target/app/program.md')
  expect(started('program.md')).toBe('npx pnpm session')
  const confirm = next()
  expect(withProgram(confirm, '../target/program.md', session)).toBe(confirm.command)
  const lab = buildSession({ program: 'lab/program.md', contract: { data: 'folder:rows' } })
  expect(started('../target/lab/program.md', lab)).toBe(
    'npx pnpm session --program ../target/lab/program.md --data folder:../target/rows',
  )
})

test.each([
  ['climbmix:20', 'npx pnpm session --data climbmix:20'],
  ['folder:its  rows', "npx pnpm session --data 'folder:its  rows'"],
  ['folder:../$(rows)', "npx pnpm session --data 'folder:../$(rows)'"],
  ['folder:~/rows', "npx pnpm session --data 'folder:~/rows'"],
  ['folder:/data/rows', 'npx pnpm session --data folder:/data/rows'],
  [null, 'npx pnpm session'],
])('the next session measures the same data, %s', (data, command) => {
  const measured = buildSession({ program: 'program.md', contract: { data } })
  expect(next({ session: measured, experiments: experiments.slice(0, 1) }).command).toBe(command)
})
