/** What agents and runs put in place of files and folders: the session neither waits for it nor ends by it. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { player, program, set, trainer } from '../../helpers/target.ts'
import { nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/** Runs a session of so many experiments with these proposals. */
async function session(experiments: number, steps: string[], train = trainer) {
  const root = await repository({ 'train.js': train, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, { 'program.md': program(join(root, '../agent.sh')) })
  const args = ['--program', 'program.md', '--tag', 'try', '--seeds', '1', '--experiments', String(experiments)]
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  const [id = ''] = await readdir(sessionsOf(root))
  const record = await readSession(join(sessionsOf(root), id))
  return record.experiments.map(({ status, reason }) => [status, reason] as const)
}

test('a pipe in place of the edited file, and a folder that is gone, are refused; the next proposal runs', {
  timeout: 60_000,
}, async () => {
  // The guard's refusal goes back to the agent once.
  const found = await session(2, ['rm train.js; mkfifo train.js', 'rm -rf "$PWD"', set('RATE', '0.04')])
  expect(found.map(([status]) => status)).toEqual(['keep', 'refused', 'keep'])
  expect(found[1]?.[1]).toBe(
    'Refused: git cannot store its files (train.js: can only add regular files); on retry, it removes or moves the folder that it works in.',
  )
})

test('a run that puts pipes in place of its log, its curve, its evaluation and a frozen file is a crash', {
  timeout: 60_000,
}, async () => {
  const pipes = `
if (RATE > 0.05) {
  const { execSync } = await import('node:child_process')
  const { dirname } = await import('node:path')
  const { NIGHTSHIFT_CURVE: curve, NIGHTSHIFT_EVAL: evaluation } = process.env
  for (const path of [curve, evaluation, dirname(curve) + '/run.log', 'frozen.txt'])
    execSync('rm -f "$P"; mkfifo "$P"', { env: { ...process.env, P: path } })
}
`
  const found = await session(2, [set('RATE', '0.08'), set('RATE', '0.04')], `${trainer}${pipes}`)
  expect(found.map(([status]) => status)).toEqual(['keep', 'crash', 'keep'])
})
