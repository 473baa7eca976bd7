/** Sessions of a client that reports what its proposals cost. */
import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gpuCost } from '../../../scripts/analysis/cost.ts'
import type { DryRun } from '../../../scripts/ratchet/session/dryRun.ts'
import { readSession } from '../../../scripts/record/files/paths.ts'
import type { Status } from '../../../scripts/status/status.ts'
import { trainer } from '../../helpers/target.ts'
import { nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/** Answers as Claude Code does: one constant is changed, and each answer costs a quarter of a dollar. */
const claude = `#!/bin/sh
case "$*" in
--version) echo '2.1.0 (Claude Code)'; exit ;;
--help) echo --restricted --safe-mode --strict-mcp-config --permission-prompts --tools; exit ;;
"auth status") echo '{"loggedIn": true}'; exit ;;
esac
cat > /dev/null
case "$*" in
*stream-json*)
  count=$(cat "$0.count" 2>/dev/null || echo 0)
  echo $((count + 1)) > "$0.count"
  sed -i.bak "s/^const RATE = .*/const RATE = 0.02$count/" train.js && rm train.js.bak ;;
esac
echo '{"type":"result","subtype":"success","is_error":false,"result":"{\\"description\\":\\"RATE\\",\\"hypothesis\\":\\"So.\\"}","total_cost_usd":0.25,"usage":{"input_tokens":10,"output_tokens":5},"modelUsage":{}}'
`

const program = (more: string) => `---
edit: train.js
run: node train.js
metric: { name: loss, holdout: held_loss }
budget: 1s
seeds: 1
agent: claude
fallback: []
report: { agent: none }
${more}---

Make the loss smaller.
`

test('a session is forecast by what earlier ones took, and ends when agents and GPUs have cost what they may', {
  timeout: 90_000,
}, async () => {
  const root = await repository({ 'train.js': trainer, 'program.md': program('') })
  await write(root, { '../bin/claude': claude })
  await chmod(join(root, '../bin/claude'), 0o755)
  const run = (command: string, ...args: string[]) =>
    nightshift(root, command, args, { PATH: `${join(root, '../bin')}:${process.env.PATH}`, ANTHROPIC_API_KEY: 'key' })
  const start = ['--program', 'program.md']

  const first = await run('session', ...start, '--tag', 'first', '--experiments', '3')
  expect(first.exitCode, first.stderr).toBe(0)
  expect(first.stderr).toContain('at most 3 experiments; the time of an experiment is not known')
  expect(first.stderr).toContain('the cost of claude is not known: no earlier session recorded one')

  await write(root, { 'program.md': program('cost_usd: 0.77\ngpu_usd_hour: 3.6\n') })
  const dry = JSON.parse((await run('session', ...start, '--dry-run', '--json')).stdout) as DryRun
  const { forecast } = dry
  expect(forecast.basis).toEqual({
    cost: { sessions: 1, experiments: 3, own: 0 },
    pace: { sessions: 1, experiments: 3, own: 0 },
  })
  // Each answer cost the same, but only one session is known.
  expect(forecast.each.agentUsd?.middle).toBeCloseTo(0.25, 1)
  expect(forecast.each.agentUsd?.low).toBeLessThan(0.2)
  expect(forecast.experiments?.high).toBeGreaterThanOrEqual(3)
  // Three answers cost 0.75; a range of one earlier session need not hold that exactly.
  expect(forecast.agentUsd?.low).toBeLessThan(0.77)
  // By the runs of the first session: by the budget alone, those of baseline and confirm would take 12 s beside the report's 30.
  expect(forecast.hours?.low).toBeLessThan(42 / 3600)
  const told = await run('session', ...start, '--dry-run')
  expect(told.stderr).toMatch(
    /forecast\s+\d( to \d+)? experiments? \(\d+ to \d+ runs\) in .*, by 3 experiments of 1\s+earlier session/,
  )
  expect(told.stderr.replace(/\s+/g, ' ')).toMatch(
    /for agents: \$0\.\d+ to \$0\.\d+ a proposal of claude, by 3 experiments of 1 earlier session/,
  )
  expect(told.stderr).toContain('for GPUs: $3.6 an hour')

  const second = run('session', ...start, '--tag', 'second')
  const { stderr, exitCode } = await second
  expect(exitCode, stderr).toBe(0)
  const id = (await readdir(sessionsOf(root))).find(name => name.endsWith('second')) ?? ''
  const { session, experiments } = await readSession(join(sessionsOf(root), id))
  expect(experiments.map(e => e.agent.costUsd)).toEqual([null, 0.25, 0.25, 0.25])
  expect(session.stop?.kind).toBe('cost')
  expect(session.stop?.detail).toMatch(/^the session has cost \$0\.75 for agents and (<\$0\.01|\$0\.0\d) for GPUs/)
  // Confirm ran before the session's end, on one slot that counts as a GPU.
  const hours = (Date.parse(session.endedAt ?? '') - Date.parse(session.startedAt ?? '')) / 3_600_000
  expect(gpuCost(session, experiments)).toEqual({
    usd: expect.closeTo(3.6 * hours, 6),
    deviceHours: expect.closeTo(hours, 6),
    usdPerHour: 3.6,
  })
  expect((JSON.parse((await run('status', 'second', '--json')).stdout) as Status).forecast).toBeNull()
})
