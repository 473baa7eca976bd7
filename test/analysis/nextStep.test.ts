import { expect, test } from 'vitest'
import { nextCommand, withProgram } from '../../scripts/analysis/nextStep.ts'
import { argument } from '../../scripts/lib/command.ts'
import type { Confirmed } from '../../scripts/stats/confirm.ts'
import { buildSession } from '../helpers/exampleRecords.ts'

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

test('after unconfirmed keeps, the next step is confirm', () => {
  expect(nextCommand(session, 3, null)).toBe('npx pnpm confirm 2026-11-20-cpu-abcd-nov20')
})

test('an inconclusive gain needs more seeds, computed from its interval, up to a limit', () => {
  const more = (gain: number, seeds = 3) => nextCommand(session, 3, confirmed(gain, 0.01, 'inconclusive', seeds))
  // The interval is to shrink by 0.01 / 0.008, so 3 × 1.5625 = 4.7 seeds, 2 more.
  expect(more(0.008)).toBe('npx pnpm confirm 2026-11-20-cpu-abcd-nov20 --seeds 2')
  expect(more(0.006)).toBe('npx pnpm confirm 2026-11-20-cpu-abcd-nov20 --seeds 6')
  expect(more(0)).toBe('npx pnpm confirm 2026-11-20-cpu-abcd-nov20 --seeds 9')
  expect(more(0.001, 12)).toBe('npx pnpm session')
})

test('after a settled result or without a keep, the next step is a new session', () => {
  expect(nextCommand(session, 3, confirmed(0.1, 0.01, 'better'))).toBe('npx pnpm session')
  expect(nextCommand(session, 3, confirmed(-0.1, 0.01, 'worse'))).toBe('npx pnpm session')
  expect(nextCommand(session, 0, null)).toBe('npx pnpm session')
  expect(nextCommand(buildSession({ program: 'my programs/p.md' }), 0, null)).toBe(
    "npx pnpm session --program 'my programs/p.md'",
  )
})

test('while the session runs, the next step is status', () => {
  expect(nextCommand(buildSession({ endedAt: null, stop: null }), 1, null)).toBe(
    'npx pnpm status 2026-11-20-cpu-abcd-nov20',
  )
})

test('a foreign name is quoted as one shell word', () => {
  expect(argument("$(rm -rf ~); it's")).toBe("'$(rm -rf ~); it'\\''s'")
  expect(argument('--json')).toBe("'--json'")
  expect(argument('plain-1.2/x')).toBe('plain-1.2/x')
})

test('the command for the next session has the path of program.md relative to the working directory', () => {
  expect(withProgram('npx pnpm session --program app/program.md', '../target/app/program.md')).toBe(
    'npx pnpm session --program ../target/app/program.md',
  )
  expect(withProgram('npx pnpm session', '../target/program.md')).toBe(
    'npx pnpm session --program ../target/program.md',
  )
  expect(withProgram('npx pnpm session', 'program.md')).toBe('npx pnpm session')
  expect(withProgram('npx pnpm confirm nov20 --seeds 2', '../target/program.md')).toBe(
    'npx pnpm confirm nov20 --seeds 2',
  )
})
