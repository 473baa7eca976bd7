/** A session of a target that sets its seed itself, as karpathy/autoresearch's does. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestSchema } from '../../../scripts/analysis/schema.ts'
import { readJson } from '../../../scripts/lib/files/read.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { player, program, set } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/** Its loss differs between runs by the clock, as on a GPU whose sums are not in a fixed order. */
const fixed = `import { writeFileSync } from 'node:fs'
const RATE = 0.02
function manual_seed(seed) {}
manual_seed(42)
const loss = 1 + Math.abs(Math.log2(RATE / 0.08)) / 10 + Number(1n + (process.hrtime.bigint() % 97n)) / 1e6
writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ loss, rows: { val: [[loss, 1], [loss, 2]] } }))
console.log('---')
console.log('loss: ' + loss.toFixed(6))
`

test('its start warns, and no text of its end speaks of new seeds', async () => {
  const root = await repository({ 'train.js': fixed })
  await write(join(root, '..'), { 'agent.sh': player([set('RATE', '0.08')]) })
  const frontmatter = program(join(root, '../agent.sh'), 'seeds: 2\n').replace(
    '{ name: loss, holdout: held_loss }',
    'loss',
  )
  await write(root, { 'program.md': frontmatter })
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'the program')
  const { stderr: printed } = await nightshift(root, 'session', ['--program', 'program.md', '--experiments', '1'])

  expect(printed).toContain('the target sets its seed itself (train.js) and does not read NIGHTSHIFT_SEED')
  expect(printed).toContain('to confirm on new seeds, set the seed from NIGHTSHIFT_SEED in the run')
  expect(printed).toContain('Confirmed in 2 re-runs with the same seed. No holdout.')
  expect(printed).toMatch(/The change is −0\.(1999|2000|2001)\d* ± .* 2 re-runs each, same seed/)
  expect(printed).not.toMatch(/seed 1001|seed 2\b|new seeds\b(?!, set the seed)/)

  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  const { session, experiments } = await readSession(folder)
  expect(session.seedUse).toEqual({ use: 'fixed', files: ['train.js'] })
  expect(session.measurement).toEqual({ evaluation: null, command: null })
  expect(experiments.flatMap(e => e.runs).every(run => run.measuredBy === 'run')).toBe(true)
  // The rows of confirm's runs are kept; those of a candidate's first run are not.
  const kept = (k: number) => readFile(files.rows(folder, 1, k, 'val'), 'utf8')
  expect(await kept(2)).toMatch(/^1\.0000\d+,1\n1\.0000\d+,2\n$/)
  await expect(kept(1)).rejects.toThrow('ENOENT')

  const digest = await readJson(files.digest(folder), digestSchema)
  expect(digest.seeds).toMatchObject({ use: 'fixed', identical: false })
  expect(digest.basis).toMatchObject({ by: 'run', file: null, others: [] })
  const report = await readFile(files.report(folder), 'utf8')
  expect(report).toContain('confirmed in 2 re-runs with the same seed, no holdout')
  expect(report).toContain('not the choice of the seed')
  expect(report).toContain('nothing frozen checked it')
  expect(report).not.toMatch(/unused seed|new seed|never used/)
})
