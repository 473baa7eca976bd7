import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestSchema } from '../../scripts/analysis/schema.ts'
import { readJson } from '../../scripts/lib/files/read.ts'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { git, nightshift, sessionsOf } from '../helpers/throwaway.ts'
import { example, replaced, run, withNode } from './example.ts'

test('the ranking as it is gives the same number each time, and the holdout only when it is asked for', async () => {
  const notes = await example('retrieval')
  const [first, second] = [await run(notes), await run(notes, 'val,holdout')]
  expect(first).toMatchObject({ outcome: 'ok', why: null, holdout: null, summary: { queries: 20 } })
  expect(second).toMatchObject({ outcome: 'ok', metric: first.metric, summary: { queries: 40 } })
  expect(second.holdout).toBeGreaterThan(0)
  expect(first.summary).not.toHaveProperty('holdout_ndcg')
})

test('a better ranking scores higher, on the holdout too, and one turned round almost nothing', async () => {
  const notes = await example('retrieval')
  const path = join(notes.folder, 'rank.js')
  const source = await readFile(path, 'utf8')
  const before = await run(notes, 'val,holdout')
  await writeFile(path, replaced(source, ['K1 = 4.0', 'K1 = 1.0'], ['STEM_STRENGTH = 1', 'STEM_STRENGTH = 4']))
  const after = await run(notes, 'val,holdout')
  expect(after.metric).toBeGreaterThan(before.metric ?? 1)
  expect(after.holdout).toBeGreaterThan(before.holdout ?? 1)

  await writeFile(path, replaced(source, ['b.score - a.score', 'a.score - b.score']))
  expect((await run(notes)).metric).toBeLessThan(0.1)
})

test('a ranking that names a document twice fails the run', async () => {
  const notes = await example('retrieval')
  const path = join(notes.folder, 'rank.js')
  await writeFile(
    path,
    replaced(await readFile(path, 'utf8'), ['.map(({ id }) => id)', '.flatMap(({ id }) => [id, id])']),
  )
  expect((await run(notes)).why).toBe('its evaluator failed: exit code 1: Error: A ranking names each document once.')
})

test('a short session to maximise keeps what is higher, finds no noise and asks the holdout in confirm alone', {
  timeout: 60_000,
}, async () => {
  const { root } = await example('retrieval')
  const flags = ['--program', 'examples/retrieval/program.md', '--experiments', '8', '--agent', 'tuner', '--tag', 'try']
  const result = await nightshift(root, 'session', flags, withNode())
  expect(result.exitCode, result.stderr).toBe(0)

  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  const { session, experiments } = await readSession(folder)
  expect(session).toMatchObject({ metric: { goal: 'maximize' }, noise: { sigma: 0 }, data: { name: 'notes' } })
  const [baseline, ...rest] = experiments
  let best = baseline?.metric ?? Number.NaN
  for (const { metric, status } of rest) {
    expect(status).toBe((metric ?? 0) > best ? 'keep' : 'discard')
    best = Math.max(best, metric ?? 0)
  }
  expect(best).toBeGreaterThan(baseline?.metric ?? 1)
  const kept = rest.findLast(({ status }) => status === 'keep')
  expect(await git(root, 'rev-parse', 'autoresearch/try')).toBe(kept?.commit)

  const runs = experiments.flatMap(experiment => experiment.runs)
  expect(session.measurement?.evaluator).toBe('examples/retrieval/evaluate.js')
  expect(runs.every(({ measuredBy }) => measuredBy === 'evaluator')).toBe(true)
  expect(runs.every(({ purpose, holdout }) => (purpose === 'confirm') === (holdout !== null))).toBe(true)
  const digest = await readJson(files.digest(folder), digestSchema)
  expect(digest.confirmed).toMatchObject({ verdict: 'better' })
  expect(digest.confirmed?.gain).toBeCloseTo(best - (baseline?.metric ?? 0), 6)
  expect(digest.holdout?.gain).toEqual(expect.any(Number))
})
